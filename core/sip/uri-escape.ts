/** `%HH` escapes of URIs (RFC 3261 19.1.2): bytes of UTF-8. */

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Undoes the escapes of `text`, whose escapes are sound. Bytes that are no UTF-8 are read as
 * Latin-1, so that nothing is lost.
 */
export function unescapeUri(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    const bytes = Buffer.from(run.replaceAll('%', ''), 'hex');
    try {
      return utf8.decode(bytes);
    } catch {
      return bytes.toString('latin1');
    }
  });
}

/** Characters outside `keep` as escapes. `keep` matches one allowed character. */
export function escapeUri(text: string, keep: RegExp): string {
  let escaped = '';
  for (const character of text) {
    if (keep.test(character)) escaped += character;
    else
      for (const byte of Buffer.from(character, 'utf8'))
        escaped += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}
