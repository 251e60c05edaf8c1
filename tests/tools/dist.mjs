// Makes the npm-shaped package: node tests/tools/dist.mjs SITE-FOLDER TARGET-FOLDER
// TARGET-FOLDER/package is what is in it: a module for bundlers, its types, and the built site without models, examples and reference.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { coreDigest } from './core_digest.mjs';

/** What of the site is not for other programs. */
const LEFT_OUT = /^(models|examples|docs)$|^bench\.|\.map$/;

const [site, target] = process.argv.slice(2);
const folder = join(target, 'package');
const { version, description, license, engines } = JSON.parse(fs.readFileSync('package.json', 'utf8'));

/** A program that must succeed. */
function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: 120_000,
    ...options,
  });
  if (error || status !== 0) throw new Error(`dist: ${command} failed${error ? `: ${error.message}` : ''}`);
}

fs.rmSync(target, { recursive: true, force: true });
fs.mkdirSync(folder, { recursive: true });

// Not minified: the bundler that takes it does that, and people can read it.
await build({
  entryPoints: { index: 'web/app/package.js' },
  outdir: folder,
  bundle: true,
  format: 'esm',
  target: ['chrome111', 'firefox114', 'safari16.4'],
  define: { 'globalThis.OA_VERSION': JSON.stringify(version), 'globalThis.OA_CORE': JSON.stringify(coreDigest()) },
  logLevel: 'warning',
});

const types = join(target, 'tsconfig.json');
const options = { noEmit: false, declaration: true, emitDeclarationOnly: true };
const root = process.cwd();
fs.writeFileSync(
  types,
  JSON.stringify({
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { ...options, rootDir: join(root, 'web'), outDir: join(root, folder, 'types') },
    include: [],
    files: [join(root, 'web/app/package.js')],
  }),
);
run('tsc', ['-p', types], { stdio: ['ignore', 'inherit', 'inherit'] });
fs.rmSync(types);
fs.mkdirSync(join(folder, 'types/package'));
fs.copyFileSync('web/package/react.d.ts', join(folder, 'types/package/react.d.ts'));

fs.cpSync(site, join(folder, 'site'), {
  recursive: true,
  filter: (path) => !LEFT_OUT.test(path.slice(join(site, '/').length)),
});
const list = join(folder, 'site/models.json');
const { models } = JSON.parse(fs.readFileSync(list, 'utf8'));
for (const { files } of models) for (const file of files) for (const key of ['piece_size', 'pieces']) delete file[key]; // whoever serves weights has them whole
fs.writeFileSync(list, JSON.stringify({ models }));
fs.copyFileSync('LICENSE', join(folder, 'LICENSE'));
fs.copyFileSync('web/package/README.md', join(folder, 'README.md'));
fs.writeFileSync(
  join(folder, 'package.json'),
  `${JSON.stringify(
    {
      name: 'open-assistant',
      version,
      description,
      license,
      type: 'module',
      exports: {
        '.': { types: './types/app/package.d.ts', default: './index.js' },
        './react': { types: './types/package/react.d.ts' },
        './site/*': './site/*',
        './package.json': './package.json',
      },
      types: './types/app/package.d.ts',
      files: ['index.js', 'types', 'site'],
      sideEffects: ['./index.js'], // it defines <oa-chat>
      engines,
    },
    null,
    2,
  )}\n`,
);
run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', '..'], { cwd: folder });
