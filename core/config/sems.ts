/**
 * SEMS's own configuration format (di-interfaces 2.2): `key=value` lines, `#` comments, values in
 * double quotes or up to the first blank or `#`, `@file` includes another file.
 */
import { CodedError } from '../runtime/index.ts';

export interface SemsEntry {
  readonly key: string;
  readonly value: string;
  readonly file: string;
  readonly line: number;
}

export interface SemsConfig {
  /** The value that holds for each key: the last one. */
  readonly entries: ReadonlyMap<string, SemsEntry>;
  /** Repeated keys, with the places of both. */
  readonly warnings: readonly string[];
}

/** As SEMS: longer lines cannot be read. */
const maxLineLength = 2047;
const maxIncludeDepth = 8;
const maxEntries = 10_000;

/**
 * Reads a file of SEMS. `include` gives the text behind `@name`.
 * @throws CodedError `config.invalid` with a line for each fault: `file:line: what`.
 */
export async function readSemsConfig(
  text: string,
  { file, include }: { readonly file: string; readonly include: (name: string) => Promise<string> },
): Promise<SemsConfig> {
  const entries = new Map<string, SemsEntry>();
  const warnings: string[] = [];
  const faults: string[] = [];
  await readFile(text, file, 0);
  if (faults.length > 0) throw new CodedError('config.invalid', faults.join('\n'));
  return { entries, warnings };

  async function readFile(text: string, file: string, depth: number): Promise<void> {
    for (const [i, raw] of text.split(/\r?\n/).entries()) {
      const place = `${file}:${i + 1}`;
      const parsed = parseSemsLine(raw);
      if (parsed === null) continue;
      if ('fault' in parsed) faults.push(`${place}: ${parsed.fault}`);
      else if ('include' in parsed) await readIncluded(parsed.include, place, depth);
      else if (entries.size >= maxEntries) faults.push(`${place}: more than ${maxEntries} keys`);
      else add({ ...parsed, file, line: i + 1 });
      if (faults.length >= maxEntries) return;
    }
  }

  async function readIncluded(name: string, place: string, depth: number): Promise<void> {
    if (depth >= maxIncludeDepth) {
      faults.push(`${place}: files include each other more than ${maxIncludeDepth} deep`);
      return;
    }
    try {
      await readFile(await include(name), name, depth + 1);
    } catch (fault) {
      faults.push(`${place}: @${name}: ${fault instanceof Error ? fault.message : String(fault)}`);
    }
  }

  function add(entry: SemsEntry): void {
    const former = entries.get(entry.key);
    if (former !== undefined) {
      warnings.push(`${entry.file}:${entry.line}: ${entry.key} overwrites the value of ${former.file}:${former.line}`);
    }
    entries.set(entry.key, entry);
  }
}

/** One line: an entry, an include, a fault, or null for an empty line or a comment. */
export function parseSemsLine(
  raw: string,
): { readonly key: string; readonly value: string } | { readonly include: string } | { readonly fault: string } | null {
  if (raw.length > maxLineLength) return { fault: `the line is longer than ${maxLineLength} characters` };
  const line = raw.trim();
  if (line === '' || line.startsWith('#')) return null;
  if (line.startsWith('@')) {
    const [name = ''] = line
      .slice(1)
      .trim()
      .split(/[ \t#]/, 1);
    return name === '' ? { fault: '@ without a file name' } : { include: name };
  }
  const equals = line.indexOf('=');
  if (equals < 0) return { fault: 'expected key=value' };
  const key = line.slice(0, equals).trim();
  if (key === '' || /[\s#]/.test(key)) return { fault: `${JSON.stringify(key)} is no key` };
  const rest = line.slice(equals + 1).trimStart();
  if (!rest.startsWith('"')) return { key, value: rest.split(/[ \t#]/, 1)[0] ?? '' };
  const end = rest.indexOf('"', 1);
  return end < 0 ? { fault: `${key}: the closing quote is missing` } : { key, value: rest.slice(1, end) };
}
