// Checks every include of src/ and every import of web/ against src/LAYERS: node tests/tools/layers.mjs
// A folder may use itself and what its line grants; *_impl.h is for its own folder; only kernels/simd.h knows vector headers.
import fs from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const wrong = [];
let checked = 0;

function readLayers() {
  const granted = new Map();
  for (const line of fs.readFileSync('src/LAYERS', 'utf8').split('\n')) {
    const match = /^([\w/]+):(.*)$/.exec(line);
    if (match) granted.set(match[1], new Set(match[2].split(/\s+/).filter(Boolean)));
  }
  return granted;
}

const files = (root, ends) =>
  fs
    .readdirSync(root, { recursive: true })
    .map((name) => join(root, name))
    .filter((name) => ends.some((end) => name.endsWith(end)));

/** Lines of a file with their numbers. */
function lines(file) {
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .map((text, i) => ({ text, where: `${file}:${i + 1}` }));
}

const may = (granted, from, to) => from === to || granted.get(from)?.has(to);

function checkInclude(granted, file, { text, where }) {
  const match = /^\s*#\s*include\s*(["<])([^">]+)[">]/.exec(text);
  if (!match) return;
  checked++;
  const [, quote, path] = match;
  if (quote === '<') {
    if (/simd128|simde|immintrin|arm_neon/.test(path) && file !== 'src/kernels/simd.h')
      wrong.push(`${where}: <${path}> is for src/kernels/simd.h alone`);
    return;
  }
  const own = file.split('/')[1];
  const [folder, name] = path.split('/');
  if (!name) wrong.push(`${where}: "${path}" carries no folder`);
  else if (!may(granted, own, folder)) wrong.push(`${where}: ${own} may not include ${folder} (src/LAYERS)`);
  else if (folder !== own && path.endsWith('_impl.h')) wrong.push(`${where}: "${path}" is for ${folder} alone`);
  else if (!fs.existsSync(join('src', path))) wrong.push(`${where}: there is no src/${path}`);
}

/** Folders below a layer belong to it: web/ui/styles is web/ui. */
const layerOf = (file) => dirname(file).split('/').slice(0, 2).join('/');

function checkImport(granted, packages, file, { text, where }) {
  for (const [, from, dynamic] of text.matchAll(
    /(?:\bfrom\s*|^\s*import\s*)['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g,
  )) {
    if (from && /^\s*(\/\/|\*)/.test(text)) continue; // an example in a comment; types in JSDoc are import()
    checked++;
    const path = from ?? dynamic;
    if (!path.startsWith('.')) {
      const name = path
        .split('/')
        .slice(0, path.startsWith('@') ? 2 : 1)
        .join('/');
      if (!packages.has(name)) wrong.push(`${where}: '${path}' is not a dependency in package.json`);
      continue;
    }
    const target = normalize(join(dirname(file), path));
    const [own, folder] = [layerOf(file), layerOf(target)];
    if (!fs.existsSync(target)) wrong.push(`${where}: there is no ${target}`);
    else if (!may(granted, own, folder)) wrong.push(`${where}: ${own} may not import ${folder} (src/LAYERS)`);
  }
}

/** The wasm modules export what the headers declare: one list in two files, kept equal here. `more`: of the C library. */
function checkExports(header, list, more = []) {
  if (!fs.existsSync(list)) return;
  const declared = fs.readFileSync(header, 'utf8').matchAll(/^[a-z][\w ]*[ *](oa_\w+)\(/gm);
  const exported = new Set(fs.readFileSync(list, 'utf8').split('\n').filter(Boolean));
  for (const name of [...[...declared].map(([, oa]) => oa), ...more])
    if (!exported.delete(name)) wrong.push(`${list}: ${name} of ${header} is missing`);
  for (const name of exported) wrong.push(`${list}: ${name} is not in ${header}`);
}

const granted = readLayers();
const packages = new Set(Object.keys(JSON.parse(fs.readFileSync('package.json', 'utf8')).dependencies));
for (const file of files('src', ['.c', '.h'])) for (const line of lines(file)) checkInclude(granted, file, line);
for (const file of files('web', ['.js'])) for (const line of lines(file)) checkImport(granted, packages, file, line);
for (const file of files('src', ['.c', '.h']).concat(files('web', ['.js']))) {
  const folder = file.startsWith('src/') ? file.split('/')[1] : layerOf(file);
  if (!granted.has(folder)) wrong.push(`${file}: its folder has no line in src/LAYERS`);
}

checkExports('src/api/oa.h', 'src/api/exports.txt');
checkExports('src/api/oa_data.h', 'src/api/exports_data.txt', ['malloc', 'free']);

for (const line of wrong) console.log(line);
console.log(`${checked} includes and imports read`);
console.log(wrong.length || !checked ? 'layers: 0 passed, 1 failed' : 'layers: 1 passed, 0 failed');
process.exitCode = wrong.length || !checked ? 1 : 0;
