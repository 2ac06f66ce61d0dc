/** Lists of Request-URIs with wildcards, as of `sip.overload.exempt`. */

/** A pattern cut at its `*`: the pieces, in lower case. */
type Pattern = readonly string[];

export class UriPatterns {
  readonly #patterns: readonly Pattern[];

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns.map((pattern) => pattern.toLowerCase().split('*'));
  }

  /** Does one of them match the whole of `uri`? Upper and lower case are one. */
  match(uri: string): boolean {
    if (this.#patterns.length === 0) return false;
    const text = uri.toLowerCase();
    return this.#patterns.some((pattern) => matches(pattern, text));
  }
}

/** The first piece begins the text, the last one ends it, the others follow one another: linear. */
function matches(pieces: Pattern, text: string): boolean {
  const [first = '', ...rest] = pieces;
  if (!text.startsWith(first)) return false;
  const last = rest.pop();
  if (last === undefined) return text === first;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
