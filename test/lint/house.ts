/**
 * House checks: file length, the chapters of each module's README, the error table against
 * docs/errors.md (`--write` rewrites it), no unfinished places, a lock file without host names.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { errorTable } from '../../core/runtime/errors.ts';

const root = resolve(import.meta.dirname, '../..');
const maxLines = 500;
const chapters = ['Overview', 'Config', 'Functions', 'Events', 'Examples', 'Differences from SEMS'];
const faults: string[] = [];

const sources = ['core', 'di-modules', 'rpc', 'clients', 'test'].flatMap((folder) =>
  files(join(root, folder), /\.(ts|tsx|py)$/),
);
for (const path of sources) {
  const text = readFileSync(path, 'utf8');
  const name = relative(root, path);
  const lines = text.split('\n').length;
  if (lines > maxLines && !/^(\/\*\*|""")[\s\S]*?Length:[\s\S]*?(\*\/|""")/.test(text))
    faults.push(`${name}: ${lines} lines, over ${maxLines} without a reason ("Length: …") in its first comment`);
  if (!name.startsWith('test/lint/') && /\b(TODO|FIXME|XXX|HACK)\b/.test(text))
    faults.push(`${name}: an unfinished place`);
  if (!name.startsWith('test/') && /@ts-ignore|@ts-expect-error/.test(text))
    faults.push(`${name}: the compiler is silenced`);
}

for (const module of readdirSync(join(root, 'di-modules'))) checkReadme(`di-modules/${module}/README.md`, chapters);
for (const part of ['rpc', 'clients/web']) checkReadme(`${part}/README.md`, chapters);
for (const part of ['core', 'core/sip', 'core/call', 'core/media']) checkReadme(`${part}/README.md`, []);
checkErrors();
checkInstall();
if (/registry\.|https?:\/\/[^"]*\.tgz/.test(readFileSync(join(root, 'package-lock.json'), 'utf8')))
  faults.push('package-lock.json: names a host');

if (faults.length > 0) {
  process.stderr.write(`${faults.join('\n')}\n${faults.length} house faults\n`);
  process.exitCode = 1;
} else process.stdout.write(`house: ${sources.length} files in order\n`);

function files(folder: string, pattern: RegExp): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === '__pycache__') return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return files(path, pattern);
    return pattern.test(entry.name) ? [path] : [];
  });
}

function checkReadme(name: string, wanted: readonly string[]): void {
  if (!existsSync(join(root, name))) {
    faults.push(`${name}: missing`);
    return;
  }
  const headings = readFileSync(join(root, name), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('## '))
    .map((line) => line.slice(3).trim());
  for (const chapter of wanted) if (!headings.includes(chapter)) faults.push(`${name}: no chapter "${chapter}"`);
}

function checkErrors(): void {
  const path = join(root, 'docs/errors.md');
  const cell = (text: string | number): string => String(text).replaceAll('|', '\\|');
  const rows = Object.entries(errorTable).map(
    ([code, row]) =>
      `| \`${code}\` | ${[row.sentence, row.cause, row.next, row.xmlRpc, row.jsonRpc, row.sip].map(cell).join(' | ')} |`,
  );
  const text = [
    '# Errors',
    '',
    'Every error of every face. Generated from `core/runtime/errors.ts` by `npx tsx test/lint/house.ts --write`.',
    '',
    '| Code | What happened | Why | What to do | XML-RPC fault | JSON-RPC code | SIP status |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
  if (process.argv.includes('--write')) writeFileSync(path, text);
  else if (!existsSync(path) || readFileSync(path, 'utf8') !== text)
    faults.push('docs/errors.md differs from core/runtime/errors.ts (npx tsx test/lint/house.ts --write)');
}

/** `npm install` runs nobody's script: no compiler, no download from outside the registry. */
function checkInstall(): void {
  const read = (name: string): Record<string, Record<string, unknown>> =>
    JSON.parse(readFileSync(join(root, name), 'utf8'));
  const allowed = read('package.json')['allowScripts'] ?? {};
  for (const [path, entry] of Object.entries(read('package-lock.json')['packages'] ?? {})) {
    const name = path.replace(/^.*node_modules\//, '');
    const scripted = typeof entry === 'object' && entry !== null && 'hasInstallScript' in entry;
    if (scripted && allowed[name] !== false)
      faults.push(
        `package-lock.json: ${name} wants to run a script at install; deny it in allowScripts or do without it`,
      );
  }
}
