/** The last so many texts, oldest first. */
export class TextRing {
  readonly #texts: string[] = [];
  readonly #size: number;
  /** Where the next one goes, once the ring is full. */
  #next = 0;

  constructor(size: number) {
    this.#size = size;
  }

  push(text: string): void {
    if (this.#texts.length < this.#size) this.#texts.push(text);
    else {
      this.#texts[this.#next] = text;
      this.#next = (this.#next + 1) % this.#size;
    }
  }

  list(): string[] {
    return [...this.#texts.slice(this.#next), ...this.#texts.slice(0, this.#next)];
  }
}

/** At most so many bytes of UTF-8, never half a character. */
export function cutText(text: string, bytes: number): string {
  if (text.length <= bytes && Buffer.byteLength(text) <= bytes) return text;
  // An unfinished character at the end is what the decoder cannot read.
  const cut = Buffer.from(text).subarray(0, bytes).toString();
  return cut.endsWith('\ufffd') ? cut.replace(/\ufffd$/, '') : cut;
}
