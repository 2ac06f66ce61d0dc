/**
 * The import rules of the design, section 1: which folder may import which, past nobody's
 * `index.ts`, and who may use which `node:` module and package. Prints every breach; exit code 1.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** Layer of a file: the longest prefix listed here. */
const layers: Record<string, { may: string[] }> = {
  'core/runtime': { may: [] },
  'core/config': { may: ['core/runtime'] },
  'core/di': { may: ['core/runtime'] },
  'core/storage': { may: ['core/runtime'] },
  'core/http': { may: ['core/runtime'] },
  'core/sdp': { may: ['core/runtime'] },
  'core/sip': { may: ['core/runtime', 'core/sdp'] },
  'core/media': { may: ['core/runtime', 'core/sdp'] },
  'core/call': { may: ['core/runtime', 'core/di', 'core/storage', 'core/sdp', 'core/sip', 'core/media'] },
  rpc: { may: ['core/di', 'core/http', 'core/runtime', 'core/storage'] },
  'di-modules': { may: ['core'] },
  'clients/typescript': { may: [] },
  'clients/web': { may: ['clients/typescript'] },
  core: {
    may: [
      'core/runtime',
      'core/config',
      'core/di',
      'core/storage',
      'core/http',
      'core/sdp',
      'core/sip',
      'core/media',
      'core/call',
    ],
  },
  test: { may: ['*'] },
};

/** Type-only imports that pass a layer's index on purpose. */
const typeOnlyTargets = [
  'core/sdp/types.ts',
  'core/media/types.ts',
  'core/media/worker/protocol.ts',
  'core/media/worker/records.ts',
  'core/call/types.ts',
  'core/storage/types.ts',
  'core/http/types.ts',
];

/** The composition root may import everything. */
const roots = ['core/main.ts', 'core/cli.ts'];

/** Files (or folders) that may use a package or `node:` module outside the free ones. */
const grants: Record<string, string[]> = {
  'node:dgram': ['core/runtime'],
  'node:net': ['core/runtime'],
  'node:tls': ['core/runtime'],
  'node:dns': ['core/runtime'],
  'node:dns/promises': ['core/runtime'],
  'node:fs': ['core/runtime', 'core/storage/sqlite'],
  'node:fs/promises': ['core/runtime', 'core/storage/sqlite', 'clients/web/build.ts', 'core/program.ts'],
  'node:child_process': ['core/runtime'],
  'node:worker_threads': [
    'core/runtime',
    'core/storage/sqlite',
    'core/media/worker/boot',
    'core/media/dtls/dtls-thread.ts',
  ],
  'node:http': ['core/http'],
  'node:https': ['core/http'],
  'node:os': ['core/runtime'],
  'node:process': ['core/runtime', 'core/cli.ts'],
  'node:perf_hooks': ['core/runtime'],
  'node:stream': ['core/runtime'],
  'node:module': ['core/runtime', 'core/media/dtls/bundle.ts'],
  'node:v8': ['core/runtime'],
  koffi: ['core/runtime'],
  tsx: ['core/runtime/thread-boot.mjs'],
  pino: ['core/runtime'],
  yaml: ['core/config'],
  ajv: ['core/config', 'core/di'],
  typebox: ['core/runtime'],
  jayson: ['rpc/jsonrpc'],
  xmlrpc: ['rpc/xmlrpc'],
  'prom-client': ['rpc'],
  ws: ['core/http'],
  sip: ['di-modules/phone'],
  'werift-rtp': [], // tests only
  werift: ['core/media/dtls'],
  esbuild: ['clients/web', 'core/media/dtls/bundle.ts', 'core/program.ts'],
  preact: ['clients/web'],
  '@preact/signals': ['clients/web'],
  jssip: ['clients/web'],
  '@photostructure/sqlite': ['core/storage/sqlite'],
  pg: ['core/storage/drivers'],
  mysql2: ['core/storage/drivers'],
  ioredis: ['di-modules/dsm/mods'],
  '@xmldom/xmldom': ['di-modules/dsm/mods'],
  xpath: ['di-modules/dsm/mods'],
  '@aws-sdk/client-s3': ['di-modules/dsm/mods'],
  '@aws-sdk/client-sqs': ['di-modules/dsm/mods'],
  'mpg123-decoder': ['core/media/worker/formats/mp3'],
  'wasm-media-encoders': ['core/media/worker/formats/mp3'],
};
const freeNode = [
  'node:buffer',
  'node:url',
  'node:path',
  'node:crypto',
  'node:util',
  'node:events',
  'node:assert',
  'node:zlib',
];
/** `node:crypto` for digests is free; randomness must come from the seam. */
const forbiddenText: [RegExp, string, string[]][] = [
  [
    /\bDate\.now\(|new Date\(\)|\bperformance\.now\(/,
    'time outside core/runtime',
    ['core/runtime', 'clients/web/build.ts', 'clients/web/shell/time.ts'],
  ],
  [
    /\b(setTimeout|setInterval|setImmediate)\(/,
    'timer outside core/runtime',
    ['core/runtime', 'core/http', 'core/storage/sqlite', 'clients/typescript/pause.ts', 'clients/web/shell/time.ts'],
  ],
  [
    /\bMath\.random\(|\brandomBytes\(|\brandomUUID\(|getRandomValues\(/,
    'randomness outside core/runtime',
    ['core/runtime', 'clients/typescript/pause.ts', 'clients/web/conference/guest-key.ts'],
  ],
  [/\bprocess\.env\b/, 'environment outside core/runtime', ['core/runtime']],
  [/(^|[^.\w])fetch\(/, 'fetch outside core/http', ['core/http']],
];

const breaches: string[] = [];
for (const file of sources(root)) check(file);
if (breaches.length > 0) {
  process.stderr.write(`${breaches.join('\n')}\n${breaches.length} import breaches\n`);
  process.exitCode = 1;
} else process.stdout.write('imports: in order\n');

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || ['node_modules', 'dist', 'var'].includes(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.(ts|tsx|mjs)$/.test(entry.name) ? [path] : [];
  });
}

function layerOf(path: string): string | null {
  const fits = Object.keys(layers).filter((layer) => path === layer || path.startsWith(`${layer}/`));
  return fits.sort((a, b) => b.length - a.length)[0] ?? null;
}

function moduleOf(path: string): string | null {
  return /^di-modules\/([^/]+)\//.exec(path)?.[1] ?? null;
}

function check(path: string): void {
  const file = relative(root, path);
  const layer = layerOf(file);
  if (layer === null || layer === 'test') return;
  const text = readFileSync(path, 'utf8');
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  for (const [pattern, what, granted] of forbiddenText) {
    if (pattern.test(code) && !granted.some((prefix) => file.startsWith(prefix))) breaches.push(`${file}: ${what}`);
  }
  for (const match of code.matchAll(
    /(import|export)\s+(type\s+)?[^;'"]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|import\s+'([^']+)'/g,
  )) {
    const target = match[3] ?? match[4] ?? match[5] ?? '';
    if (target.startsWith('.'))
      checkOwn(file, layer, relative(root, resolve(dirname(path), target)), match[2] !== undefined);
    else checkPackage(file, target);
  }
}

function checkOwn(file: string, layer: string, target: string, typeOnly: boolean): void {
  if (roots.includes(file)) return;
  if (target.startsWith('test/')) breaches.push(`${file}: imports test (${target})`);
  const other = layerOf(target);
  if (layer === 'di-modules') {
    if (moduleOf(file) === moduleOf(target) || target === 'core/index.ts') return;
    breaches.push(`${file}: a module may import core/index.ts only, not ${target}`);
    return;
  }
  if (other === layer || other === null) return;
  if (!(layers[layer]?.may ?? []).includes(other)) {
    breaches.push(`${file}: ${layer} may not import ${target}`);
    return;
  }
  if (target === `${other}/index.ts` || (typeOnly && typeOnlyTargets.includes(target))) return;
  if (layer === 'core' && typeOnly) return;
  breaches.push(`${file}: imports past ${other}/index.ts (${target})`);
}

function checkPackage(file: string, target: string): void {
  if (freeNode.includes(target)) return;
  const name = target.startsWith('node:')
    ? target
    : target.startsWith('@')
      ? target.split('/').slice(0, 2).join('/')
      : (target.split('/')[0] ?? target);
  const granted = grants[target] ?? grants[name];
  if (granted === undefined) breaches.push(`${file}: ${name} is granted to nobody`);
  else if (!granted.some((prefix) => file.startsWith(prefix)) && !roots.includes(file))
    breaches.push(`${file}: ${name} is granted to ${granted.join(', ')}`);
}
