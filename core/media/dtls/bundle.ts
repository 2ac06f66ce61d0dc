/**
 * Run by `npm run build`: makes one file of the part of werift that we use, beside this one. Its whole package takes
 * half a second of CPU and 30 MB to load, since it comes with all of WebRTC and with a maker of certificates that is
 * built on a container for dependencies; the bundle takes a fifth of the time and a third of the memory.
 */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const dtls = fileURLToPath(new URL('./dtls/src/index.js', import.meta.resolve('werift')));

await build({
  stdin: {
    contents: `export { DtlsClient, DtlsServer, HashAlgorithm, SignatureAlgorithm } from ${JSON.stringify(dtls)};`,
    resolveDir: import.meta.dirname,
  },
  outfile: fileURLToPath(new URL('./werift-dtls.js', import.meta.url)),
  bundle: true,
  minify: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  legalComments: 'eof',
  // What is CommonJS in it asks for modules of Node.
  banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
  plugins: [
    {
      // Certificates are ours: of this package werift then needs but one call, which it makes while it is loaded.
      name: 'without the maker of certificates',
      setup({ onResolve, onLoad }) {
        onResolve({ filter: /^@peculiar\/x509$/ }, ({ path }) => ({ path, namespace: 'left out' }));
        onLoad({ filter: /./, namespace: 'left out' }, () => ({
          contents: 'exports.cryptoProvider = { set() {} };',
          loader: 'js',
        }));
      },
    },
  ],
  logLevel: 'warning',
});
