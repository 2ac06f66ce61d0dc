import type { Fault, Position } from './ast.ts';
import { type FaultCode, faultRows, type ReadMode } from './fault-rows.ts';

/** Longest excerpt of a script in a fault. */
const excerptLength = 80;

/** Where a fault is: in the text as put together, by which faults are ordered, and in a file. */
export interface Place {
  readonly offset: number;
  readonly position: Position;
}

/** Faults of one diagram: bounded, in order of the text. */
export class FaultList {
  readonly #mode: ReadMode;
  readonly #limit: number;
  readonly #all: { readonly offset: number; readonly fault: Fault }[] = [];
  #errors = 0;
  #full = false;

  constructor(mode: ReadMode, limit: number) {
    this.#mode = mode;
    this.#limit = limit;
  }

  get hasErrors(): boolean {
    return this.#errors > 0;
  }

  /** No more are taken. */
  get isFull(): boolean {
    return this.#full;
  }

  /** `hint` goes before the row's own. */
  add(code: FaultCode, place: Place, message: string, text: string, hint?: string): void {
    const row: { readonly [mode in ReadMode]: Fault['severity'] | null } & { readonly hint?: string } = faultRows[code];
    const severity = row[this.#mode];
    if (severity === null || this.#full) return;
    if (severity === 'error') this.#errors++;
    const said = hint ?? row.hint;
    const { offset, position } = place;
    this.#all.push({
      offset,
      fault: { severity, code, message, position, text: excerpt(text), ...(said === undefined ? {} : { hint: said }) },
    });
    if (this.#all.length !== this.#limit) return;
    this.add('tooManyFaults', { offset: Number.POSITIVE_INFINITY, position }, 'more faults follow', '');
    this.#full = true;
  }

  sorted(): Fault[] {
    return this.#all.sort((a, b) => a.offset - b.offset).map(({ fault }) => fault);
  }
}

/** The first line of a text, at most 80 characters. */
export function excerpt(text: string): string {
  const whole = text.slice(0, 1000).trim();
  const line = whole.split(/[\r\n]/, 1)[0] ?? '';
  return line.length < whole.length || line.length > excerptLength ? `${line.slice(0, excerptLength - 1)}…` : line;
}
