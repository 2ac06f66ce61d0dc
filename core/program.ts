/**
 * Run by `npm run build`: makes of the compiled files the few of `dist/program`, which is what runs. Node takes about a
 * millisecond for each file that it imports, and there are nine hundred: a server of few files is ready after half the
 * time, with a fifth less memory. Entries that are found by their address (`new URL('./…', import.meta.url)`) have the
 * same place beside the files of the program as beside the modules that name them.
 */
import { chmod, readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const compiled = import.meta.dirname;
const outdir = join(compiled, '../program');
const entries = {
  cli: 'cli.js',
  // What a plug-in imports is what the server runs: one registry, one class of errors.
  index: 'index.js',
  'worker/boot': 'media/worker/boot.js',
  'worker/boot-decoder': 'media/worker/boot-decoder.js',
  'worker/codecs/index': 'media/worker/codecs/index.js',
  'worker/formats/index': 'media/worker/formats/index.js',
  'dtls-thread': 'media/dtls/dtls-thread.js',
  'werift-dtls': 'media/dtls/werift-dtls.js',
  'sqlite-thread': 'storage/sqlite-thread.js',
  'sqlite-tables-thread': 'storage/sqlite-tables-thread.js',
};

const { metafile } = await build({
  entryPoints: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(compiled, file)])),
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});
await chmod(join(outdir, 'cli.js'), 0o755);

/** A server that runs may still ask for a file of the program that it was started from. */
const keptMs = 3_600_000;
const { mtimeMs: nowMs } = await stat(join(outdir, 'cli.js'));
const made = new Set(Object.keys(metafile.outputs).map((path) => resolve(path)));
for (const name of await readdir(outdir, { recursive: true })) {
  const path = join(outdir, name);
  const found = await stat(path);
  if (found.isFile() && !made.has(path) && found.mtimeMs < nowMs - keptMs) await rm(path);
}
