/**
 * The table of metrics in docs/operate.md, from the places in the sources where they are registered. `--write`
 * rewrites it; test/unit/rpc/metrics-page.test.ts compares.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFile } from '../../core/runtime/index.ts';

export interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
}

export const operatePage = packageFile('docs/operate.md');
const start = '<!-- metrics: written by npx tsx test/lint/metrics.ts --write -->';
const end = '<!-- end of metrics -->';

/** `counters.counter('name', 'help')`, `new Histogram(counters, 'name', 'help'`, with line ends anywhere. */
const registration =
  /(?:\b(counter|gauge|family)\(|new (Histogram)\(\s*[\w.#]+,)\s*(['"`])(callbus_[a-z0-9_]+)\3,\s*(?:'((?:[^'\\]|\\.)*)'|"([^"]*)"|`([^`]*)`)(?:,\s*'(counter|gauge)')?/g;

/** All of them by name. */
export function metrics(): readonly Metric[] {
  const found = new Map<string, Metric>();
  for (const folder of ['core', 'rpc', 'di-modules']) {
    for (const path of sources(packageFile(folder))) {
      const text = readFileSync(path, 'utf8');
      for (const metric of made(text)) found.set(metric.name, metric);
      for (const match of text.matchAll(registration)) {
        const [, kind, histogram, , name = '', single, double, back, family] = match;
        const help = (single ?? double ?? back ?? '').replaceAll("\\'", "'");
        const type =
          histogram !== undefined ? 'histogram' : family === 'gauge' || kind === 'gauge' ? 'gauge' : 'counter';
        if (!found.has(name)) found.set(name, { name, type, help });
      }
    }
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** `const gauge = (name, help, …) => counters.gauge(`callbus_media_${name}`, …)`: names that are made from parts. */
const helper =
  /const (\w+) = [^;]*?(?:\.(counter|gauge|family)|new (Histogram))\(\s*(?:counters,\s*)?`(callbus_\w*)\$\{name\}(\w*)`/g;
/** `['figure', 'callbus_media_…', 'help']`: rows that are registered as gauges. */
const tableRow = /\['\w+', '(callbus_\w+)', '([^']*)'\]/g;

function made(text: string): Metric[] {
  const rows = [...text.matchAll(tableRow)].map(([, name = '', help = '']): Metric => ({ name, type: 'gauge', help }));
  const called = [...text.matchAll(helper)].flatMap(([, call = '', kind, histogram, prefix = '', suffix = '']) => {
    const calls = new RegExp(`\\b${call}\\(\\s*'(\\w+)',\\s*(?:'((?:[^'\\\\]|\\\\.)*)'|"([^"]*)")`, 'g');
    return [...text.matchAll(calls)]
      .filter(([, name]) => !name?.startsWith('callbus_'))
      .map(
        ([, name = '', single, double]): Metric => ({
          name: `${prefix}${name}${suffix}`,
          type: histogram !== undefined ? 'histogram' : kind === 'gauge' ? 'gauge' : 'counter',
          help: (single ?? double ?? '').replaceAll("\\'", "'"),
        }),
      );
  });
  return [...rows, ...called];
}

export function metricsTable(): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\.$/, '');
  const rows = metrics().map(({ name, type, help }) => `| \`${name}\` | ${type} | ${cell(help)} |`);
  return ['| Metric | Type | What |', '|---|---|---|', ...rows].join('\n');
}

/** The page with the table as it is now. */
export function pageWithTable(page: string): string {
  const [before = '', rest = ''] = page.split(start);
  const [, after = ''] = rest.split(end);
  return `${before}${start}\n${metricsTable()}\n${end}${after}`;
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

if (process.argv[1] === import.meta.filename && process.argv.includes('--write')) {
  writeFileSync(operatePage, pageWithTable(readFileSync(operatePage, 'utf8')));
}
