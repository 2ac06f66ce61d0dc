/** Edits of a message that leave every other byte as it was. */
import { normalHeaderName } from './header-names.ts';
import type { ParsedMessage } from './message.ts';
import { printHeaders } from './print.ts';
import type { HeaderLine } from './types.ts';

export type HeaderEdit =
  /** Takes out every line of that name. */
  | { readonly kind: 'remove'; readonly name: string }
  /** Puts the lines where the first line of that name is, or at the end, and removes the others. */
  | { readonly kind: 'set'; readonly name: string; readonly values: readonly string[] }
  /** In front of all headers (Via, Route, Record-Route). */
  | { readonly kind: 'prepend'; readonly lines: readonly HeaderLine[] }
  | { readonly kind: 'append'; readonly lines: readonly HeaderLine[] };

/** The bytes of `message` with its headers edited, in the order of `edits`. The body stays. */
export function withHeaders(message: ParsedMessage, edits: readonly HeaderEdit[]): Uint8Array {
  const { section, bytes, body } = message;
  const { latin1 } = section;
  const headersStart = section.count === 0 ? bytes.length - body.length : section.startOf(0);
  let lines: Line[] = [];
  for (let line = 0; line < section.count; line++) {
    lines.push({ name: section.nameOf(line), text: latin1.slice(section.startOf(line), section.endOf(line)) });
  }
  for (const edit of edits) lines = apply(lines, edit);
  const head = latin1.slice(0, headersStart) + lines.map((line) => line.text).join('');
  const blank = latin1.slice(
    section.count === 0 ? headersStart : section.endOf(section.count - 1),
    bytes.length - body.length,
  );
  return Buffer.concat([Buffer.from(head + blank, 'latin1'), bytes.subarray(bytes.length - body.length)]);
}

interface Line {
  readonly name: string;
  /** Latin-1, with its line break. */
  readonly text: string;
}

function apply(lines: readonly Line[], edit: HeaderEdit): Line[] {
  switch (edit.kind) {
    case 'remove':
      return lines.filter((line) => line.name !== normalHeaderName(edit.name));
    case 'prepend':
      return [...edit.lines.map(printed), ...lines];
    case 'append':
      return [...lines, ...edit.lines.map(printed)];
    case 'set': {
      const name = normalHeaderName(edit.name);
      const found = lines.findIndex((line) => line.name === name);
      const at = found < 0 ? lines.length : found;
      const values = edit.values.map((value) => printed([edit.name, value]));
      return [...lines.slice(0, at), ...values, ...lines.slice(at).filter((line) => line.name !== name)];
    }
  }
}

function printed(line: HeaderLine): Line {
  return { name: normalHeaderName(line[0]), text: Buffer.from(printHeaders([line]), 'utf8').toString('latin1') };
}
