/** What the bundler gives the service worker: the site's files with their digests (tests/tools/bundle_sw.mjs). */
interface KeptFile {
  url: string;
  revision: string;
  integrity: string;
}
declare var OA_SHELL: KeptFile[];
declare var OA_CORES: KeptFile[];
