/**
 * Runs the tests and says what this commit can do.
 *
 *   npm test                     unit, flows, conformance, live
 *   npm test -- unit/sip         only files whose path contains the text
 *   npm test -- --write          also rewrites README.md's capability table
 *   npm run soak                 the long tests
 *   npm run fuzz                 the fuzz tests with fifty times the rounds (CALLBUS_FUZZ_FACTOR)
 *
 * A skipped test is counted and named. A capability works when tests that carry its `{id}` passed
 * and none failed; the README's table must say the same, or the run fails.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { run } from 'node:test';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../core/runtime/index.ts';
import { capabilities, capabilityTable, type Outcome, tableEnd, tableStart } from './capabilities.ts';
import { isLong, jobOf, runJobs } from './schedule.ts';

const root = packageRoot();
/** A file alone gets a process of its own: `npm test -- unit/sip/uri`. */
const filesInGroup = 16;
const mediaFilesInGroup = 5;
const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const folders = foldersOf(options);
if (options.includes('--fuzz')) process.env['CALLBUS_FUZZ_FACTOR'] ??= '50';

// The sources say which tests there are; what runs is what the build made of them: a third of the time.
const files = folders
  .flatMap((folder) => testFiles(join(root, folder)))
  .map((file) => relative(root, file))
  .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
  .map((file) => join(root, 'dist', file.replace(/\.ts$/, '.js')));

const outcomes: Outcome[] = [];
const failures: string[] = [];
const skips: string[] = [];
const startedMs = Date.now();

const isLive = (file: string): boolean => file.includes('/live/');
const isMedia = (file: string): boolean => file.includes('/unit/media/');
/** Codecs take memory of their kernels for each instance, once and for all: those files stay alone. */
const isCodecs = (file: string): boolean => file.includes('/unit/media/codecs/');
const isFlow = (file: string): boolean => /\/(flows|fuzz|conformance)\//.test(file);
const computing = files.filter((file) => !isLive(file) && !isLong(file));
await runJobs(
  [
    ...files.filter(isLive).map((file) => jobOf(file, true)),
    ...files.filter((file) => !isLive(file) && isLong(file)).map((file) => jobOf(file)),
    // What takes longer, first.
    ...grouped([
      ...groupsOf(computing.filter(isFlow), filesInGroup),
      ...groupsOf(computing.filter(isCodecs), 1),
      ...groupsOf(
        computing.filter((file) => isMedia(file) && !isCodecs(file)),
        mediaFilesInGroup,
      ),
      ...groupsOf(
        computing.filter((file) => !isFlow(file) && !isMedia(file)),
        filesInGroup,
      ),
    ]).map((file) => jobOf(file)),
  ],
  runFile,
);
report();

function foldersOf(given: readonly string[]): string[] {
  if (given.includes('--soak')) return ['test/soak'];
  if (given.includes('--fuzz')) return ['test/fuzz'];
  return ['test/unit', 'test/flows', 'test/conformance', 'test/fuzz', 'test/live'];
}

function testFiles(folder: string): string[] {
  let entries: string[];
  try {
    entries = readdirSync(folder, { recursive: true }).map(String);
  } catch {
    return [];
  }
  return entries
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => join(folder, name));
}

/**
 * Neighbours share a process: to load the server takes longer than most files take to run. A file that cannot be
 * loaded fails alone, under its name.
 */
function grouped(groups: readonly (readonly string[])[]): string[] {
  const folder = join(root, 'dist/test/groups');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return groups.map((members, index) => {
    if (members.length === 1) return members.join();
    const group = join(folder, `${index}.js`);
    const urls = JSON.stringify(members.map((file) => pathToFileURL(file).href));
    writeFileSync(
      group,
      `import { test } from 'node:test';
for (const url of ${urls}) {
  try {
    await import(url);
  } catch (fault) {
    test(url, () => {
      throw fault;
    });
  }
}
`,
    );
    return group;
  });
}

function groupsOf(list: readonly string[], count: number): string[][] {
  return Array.from({ length: Math.ceil(list.length / count) }, (_, index) =>
    list.slice(index * count, (index + 1) * count),
  );
}

/** A file, or a group of them, in a process of its own. */
async function runFile(path: string): Promise<void> {
  const progress = new Map<string, { count: number; ms: number }>();
  for await (const event of run({
    files: [path],
    // A machine that has other things to do is no fault of a test.
    timeout: options.includes('--soak') ? 3_600_000 : 900_000,
  })) {
    if (options.includes('--verbose') && (event.type === 'test:stderr' || event.type === 'test:stdout'))
      process.stdout.write(event.data.message);
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { data } = event;
    // A file that could not even be loaded is reported as a test named after it.
    const file = relative(join(root, 'dist'), data.file ?? resolve(data.name));
    if (!progress.has(file)) reportProgress(progress);
    const seen = progress.get(file) ?? { count: 0, ms: 0 };
    progress.set(file, { count: seen.count + 1, ms: seen.ms + (data.nesting === 0 ? data.details.duration_ms : 0) });
    if (event.type === 'test:fail') {
      failures.push(`${file}: ${data.name}\n${indent(describe(event.data.details.error))}`);
      outcomes.push({ name: data.name, result: 'failed' });
    } else if (data.skip !== undefined && data.skip !== false) {
      skips.push(`${file}: ${data.name} (${data.skip === true ? 'no reason given' : data.skip})`);
      outcomes.push({ name: data.name, result: 'skipped' });
    } else if (event.data.details.type !== 'suite') outcomes.push({ name: data.name, result: 'passed' });
  }
  reportProgress(progress);
}

/** One line for the file whose tests have just ended. */
function reportProgress(progress: ReadonlyMap<string, { readonly count: number; readonly ms: number }>): void {
  const [file, { count, ms }] = [...progress].at(-1) ?? ['', { count: 0, ms: 0 }];
  if (count > 0) process.stdout.write(`${file.replace(/\.js$/, '.ts')}: ${count} tests, ${(ms / 1000).toFixed(1)} s\n`);
}

function describe(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}

function indent(text: string): string {
  return text
    .split('\n')
    .slice(0, 30)
    .map((line) => `    ${line}`)
    .join('\n');
}

function report(): void {
  for (const skip of skips) process.stdout.write(`skipped ${skip}\n`);
  for (const failure of failures) process.stdout.write(`FAILED ${failure}\n`);
  const unknown = outcomes
    .flatMap(({ name }) => [...name.matchAll(/(?<= )\{([a-z][a-z0-9-]*)\}/g)].map((match) => match[1] ?? ''))
    .filter((id) => !capabilities.some(({ ids }) => ids.includes(id)));
  if (unknown.length > 0)
    failures.push(`tags without a row in test/capabilities.ts: ${[...new Set(unknown)].join(', ')}`);
  if (filters.length === 0 && !options.includes('--soak')) checkTable();
  const count = (result: Outcome['result']): number => outcomes.filter((outcome) => outcome.result === result).length;
  const failed = Math.max(failures.length, count('failed'));
  for (const failure of failures.filter((text) => !text.includes('\n'))) process.stdout.write(`FAILED ${failure}\n`);
  process.stdout.write(`in ${Math.round((Date.now() - startedMs) / 1000)} s\n`);
  process.stdout.write(`${count('passed')} passed, ${failed} failed, ${count('skipped')} skipped\n`);
  process.exitCode = failed > 0 || count('passed') === 0 ? 1 : 0;
}

/** README.md's table against what was just proved; rows whose tests were skipped here are left alone. */
function checkTable(): void {
  const path = join(root, 'README.md');
  const readme = readFileSync(path, 'utf8');
  const begin = readme.indexOf(tableStart);
  const end = readme.indexOf(tableEnd);
  if (begin < 0 || end < begin) {
    failures.push('README.md has no capability table');
    return;
  }
  const current = readme.slice(begin + tableStart.length, end).trim();
  const proved = capabilityTable(outcomes, current);
  if (current === proved) return;
  if (options.includes('--write')) {
    writeFileSync(path, `${readme.slice(0, begin + tableStart.length)}\n${proved}\n${readme.slice(end)}`);
    process.stdout.write('README.md: capability table rewritten\n');
    return;
  }
  const was = new Set(current.split('\n'));
  failures.push(
    `README.md's capability table is not what the tests proved (npm test -- --write): ${proved
      .split('\n')
      .filter((line) => !was.has(line))
      .join(' / ')}`,
  );
}
