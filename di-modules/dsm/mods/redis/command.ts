/**
 * A command's words: blanks part them, `"…"` (with `\"` and `\\`) and `'…'` keep blanks, as in Redis's own client. In
 * SEMS the text is a format for `printf`; here `%` is nothing special. Null: a quote is not closed.
 */
export function commandWords(text: string): readonly string[] | null {
  const words: string[] = [];
  let at = 0;
  while (true) {
    while (/\s/.test(text[at] ?? '')) at++;
    if (at >= text.length) return words;
    let word = '';
    while (at < text.length && !/\s/.test(text[at] ?? '')) {
      const quote = text[at] ?? '';
      if (quote !== '"' && quote !== "'") {
        word += quote;
        at++;
        continue;
      }
      at++;
      while (at < text.length && text[at] !== quote) {
        if (text[at] === '\\' && (text[at + 1] === quote || text[at + 1] === '\\')) at++;
        word += text[at] ?? '';
        at++;
      }
      if (at >= text.length) return null;
      at++;
    }
    words.push(word);
  }
}

/** Commands that turn a connection into one for listening: there is nobody to hear. */
export const isForListeners = (name: string): boolean => /^(p|s)?subscribe$|^monitor$|^sync$|^psync$/i.test(name);
