/**
 * Builds the page into dist/web: bundled, minified, split where it is loaded on demand, compressed beforehand, with
 * hashes of the contents in the names; `files.json` tells the server what there is. Run by `npm run build`.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = process.cwd();
const source = join(root, 'clients/web');
const target = join(root, 'dist/web');
/** Files of earlier builds stay this long: a server that is just starting may be reading them. */
const keepMs = 600_000;

const types: { readonly [ending: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const { outputFiles, metafile } = await build({
  entryPoints: { app: join(source, 'app.tsx'), style: join(source, 'app.css'), icon: join(source, 'icon.svg') },
  outdir: target,
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  target: ['es2022', 'chrome123', 'firefox121', 'safari17.5'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.svg': 'copy' },
  legalComments: 'none',
  entryNames: 'assets/[name]-[hash]',
  chunkNames: 'assets/[name]-[hash]',
  metafile: true,
  write: false,
  logLevel: 'warning',
});

const outputOf = (entry: string): string => {
  const found = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === `clients/web/${entry}`);
  // A file that is only copied is nobody's entry point.
  const copied = Object.keys(metafile.outputs).find((path) => path.includes(`/${entry.replace('.svg', '-')}`));
  const path = found?.[0] ?? copied;
  if (path === undefined) throw new Error(`${entry} was not built`);
  return `/${relative('dist/web', path)}`;
};

const template = await readFile(join(source, 'index.html'), 'utf8');
const page = template
  .replace('%script%', outputOf('app.tsx'))
  .replace('%style%', outputOf('app.css'))
  .replaceAll('%icon%', outputOf('icon.svg'));

const files = [
  ...outputFiles.map(({ path, contents }) => ({ name: relative(target, path), contents: Buffer.from(contents) })),
  { name: 'index.html', contents: Buffer.from(page) },
];
const written: { name: string; type: string; hash: string; bytes: number; brotliBytes: number; gzipBytes: number }[] =
  [];
for (const { name, contents } of files) {
  const ending = /\.\w+$/.exec(name)?.[0] ?? '';
  const type = types[ending];
  if (type === undefined) throw new Error(`${name}: of which type?`);
  const brotli = brotliCompressSync(contents, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: contents.length },
  });
  const gzip = gzipSync(contents, { level: 9 });
  await put(name, contents);
  await put(`${name}.br`, brotli);
  await put(`${name}.gz`, gzip);
  const hash = createHash('sha256').update(contents).digest('base64url').slice(0, 22);
  written.push({ name, type, hash, bytes: contents.length, brotliBytes: brotli.length, gzipBytes: gzip.length });
}
await put('files.json', Buffer.from(`${JSON.stringify(written, null, 1)}\n`));
await removeOld();

/** A reader never sees half a file. */
async function put(name: string, contents: Uint8Array): Promise<void> {
  const path = join(target, name);
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, contents);
  await rename(temporary, path);
}

async function removeOld(): Promise<void> {
  const wanted = new Set(written.flatMap(({ name }) => [name, `${name}.br`, `${name}.gz`]));
  for (const name of (await readdir(join(target, 'assets'))).map((each) => `assets/${each}`)) {
    const path = join(target, name);
    if (wanted.has(name)) continue;
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > keepMs) await rm(path, { force: true });
  }
}
