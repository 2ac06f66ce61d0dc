/**
 * `P-App-Param` (reference/applications 2.2, "Build"): `;` separates entries, the first `=` of an
 * entry separates key and value, quotes are honoured before any split, keys are compared without
 * case, blanks are trimmed, outer quotes are stripped.
 */
export class AppParameters {
  readonly #values: ReadonlyMap<string, string>;

  private constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  static parse(text: string | null): AppParameters {
    const values = new Map<string, string>();
    for (const entry of splitOutsideQuotes(text ?? '')) {
      const equals = entry.indexOf('=');
      const key = (equals < 0 ? entry : entry.slice(0, equals)).trim().toLowerCase();
      // The first of several equal keys counts, as in SEMS.
      if (key === '' || values.has(key)) continue;
      values.set(key, equals < 0 ? '' : unquote(entry.slice(equals + 1).trim()));
    }
    return new AppParameters(values);
  }

  /** The first of `names` that is present (the short name first, then the long one), or null. */
  get(...names: readonly string[]): string | null {
    for (const name of names) {
      const value = this.#values.get(name.toLowerCase());
      if (value !== undefined) return value;
    }
    return null;
  }

  /** Keys in lower case, in order of appearance. */
  entries(): IterableIterator<[string, string]> {
    return this.#values.entries();
  }
}

/** The single headers that came before `P-App-Param` (reference/applications 2.3), by parameter name. */
const oldHeaders: Readonly<Record<string, string>> = {
  'dialout-from': 'P-Dialout-From',
  'dialout-extra': 'P-Dialout-Extra',
  'dialout-suffix': 'P-Dialout-Suffix',
  language: 'P-Language',
  lng: 'P-Language',
  'transfer-rr': 'P-Transfer-RR',
  'transfer-nh': 'P-Transfer-NH',
  'refer-to': 'P-Refer-To',
  'final-reply-code': 'P-Final-Reply-Code',
  'final-reply-reason': 'P-Final-Reply-Reason',
  b2b: 'P-B2B',
  eml: 'P-Email-Address',
  'email-address': 'P-Email-Address',
};

/** Consulted even when `P-App-Param` is there but lacks the parameter. */
const alsoBesideParameters: ReadonlySet<string> = new Set(['refer-to', 'eml', 'email-address']);

/** The parameters of an incoming call: `P-App-Param`, else the old single headers. */
export function incomingParameters(
  header: (name: string) => string | null,
): (...names: readonly string[]) => string | null {
  let text: string | null = null;
  let parameters: AppParameters | null = null;
  return (...names) => {
    if (parameters === null) {
      text = header('P-App-Param');
      parameters = AppParameters.parse(text);
    }
    const value = parameters.get(...names);
    if (value !== null && value !== '') return value;
    for (const name of names.map((each) => each.toLowerCase())) {
      const old = oldHeaders[name];
      if (old === undefined || (text !== null && !alsoBesideParameters.has(name))) continue;
      const fallback = header(old);
      if (fallback !== null) return fallback;
    }
    return value;
  };
}

/** Splits at `;` outside quotes. A quote opens only at the start of a value or word; `\` escapes inside. */
function splitOutsideQuotes(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (quote !== '') {
      if (char === '\\') at++;
      else if (char === quote) quote = '';
    } else if (char === ';') {
      parts.push(text.slice(start, at));
      start = at + 1;
    } else if ((char === '"' || char === "'") && opensQuote(text, at)) quote = char;
  }
  parts.push(text.slice(start));
  return parts;
}

/** An apostrophe inside a word (`snd=O'Neill`), or one that nothing closes, is an ordinary character. */
function opensQuote(text: string, at: number): boolean {
  const before = text[at - 1] ?? '=';
  if (!/[=\s;<]/.test(before)) return false;
  const quote = text[at] ?? '';
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === '\\') end++;
    else if (text[end] === quote) return true;
  }
  return false;
}

/** Removes a pair of quotes around the whole value, and the backslashes that escape inside it. */
function unquote(value: string): string {
  const quote = value[0];
  if ((quote !== '"' && quote !== "'") || value.length < 2) return value;
  for (let at = 1; at < value.length; at++) {
    if (value[at] === '\\') at++;
    else if (value[at] === quote) {
      return at === value.length - 1 ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
    }
  }
  return value;
}
