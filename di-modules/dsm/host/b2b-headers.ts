import type { HeaderLine } from '../../../core/index.ts';
import { headerLines } from './call-events.ts';

/** Headers of the other leg's INVITE, as the B2B actions edit them (reference/dsm 4.6). */
export class B2bHeaders {
  #lines: readonly HeaderLine[] = [];

  get lines(): readonly HeaderLine[] {
    return this.#lines;
  }

  /** Read anew from the caller's INVITE: what was edited in the `invite` event is lost with the automatic 200. */
  reset(lines: readonly HeaderLine[]): void {
    this.#lines = lines;
  }

  add(text: string): void {
    this.#lines = [...this.#lines, ...headerLines(text)];
  }

  remove(name: string): void {
    const wanted = name.trim().toLowerCase();
    this.#lines = this.#lines.filter(([each]) => each.toLowerCase() !== wanted);
  }

  clear(): void {
    this.#lines = [];
  }

  /** "without `true`: replace all; with `true`: literal `\r\n` → CRLF and append to the existing ones". */
  set(text: string, append: boolean): void {
    this.#lines = [...(append ? this.#lines : []), ...headerLines(text)];
  }
}
