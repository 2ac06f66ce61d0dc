/** URIs as texts in pieces, as scripts get them: escapes are kept. */

export interface UriPieces {
  readonly user: string;
  readonly host: string;
  readonly port: string;
  /** Behind the `?`. */
  readonly headers: string;
  /** Behind the first `;`. */
  readonly param: string;
}

export interface NameAddressPieces {
  /** Without its quotes. */
  readonly displayName: string;
  readonly uri: UriPieces;
  /** Behind the `>`; the value of one without `=` is empty. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

const longest = 8192;
const sipPattern = /^sips?:(?:([^@]*)@)?(\[[^\]]*\]|[^:;?[\]]+)(?::([0-9]*))?(?:;([^?]*))?(?:\?(.*))?$/i;
const telPattern = /^tel:([^;?]+)(?:;([^?]*))?$/i;

/** Null: it is no SIP or tel URI. A name-addr is looked into. */
export function splitUri(text: string): UriPieces | null {
  const trimmed = text.trim();
  if (trimmed.length > longest) return null;
  const inside = /<([^<>]*)>/.exec(trimmed)?.[1] ?? trimmed;
  const tel = telPattern.exec(inside);
  if (tel !== null) return { user: tel[1] ?? '', host: '', port: '', headers: '', param: tel[2] ?? '' };
  const sip = sipPattern.exec(inside);
  if (sip === null) return null;
  const [, user = '', host = '', port = '', param = '', headers = ''] = sip;
  return { user: user.replace(/:.*$/, ''), host, port, headers, param };
}

/** Null: there is no URI in it. */
export function splitNameAddress(text: string): NameAddressPieces | null {
  const trimmed = text.trim();
  if (trimmed.length > longest) return null;
  // A `<` inside a quoted display name is part of the name.
  const found = /^((?:"(?:[^"\\]|\\.)*"|[^"<])*)<([^<>]*)>(.*)$/s.exec(trimmed);
  // "addr-spec" without brackets: parameters are those of the header (RFC 3261 20.10).
  const bare = /^([^;]*)(.*)$/s.exec(trimmed);
  const uri = splitUri(found?.[2] ?? bare?.[1] ?? '');
  if (uri === null) return null;
  return { displayName: unquoted((found?.[1] ?? '').trim()), uri, parameters: pairs(found?.[3] ?? bare?.[2] ?? '') };
}

function pairs(text: string): readonly (readonly [string, string])[] {
  const parts = text.match(/(?:"(?:[^"\\]|\\.)*"|[^;"])+/g) ?? [];
  return parts.flatMap((part) => {
    const [, name = '', value = ''] = /^\s*([^=\s]+)\s*(?:=\s*(.*?)\s*)?$/s.exec(part) ?? [];
    return name === '' ? [] : [[name, unquoted(value)] as const];
  });
}

function unquoted(text: string): string {
  return /^".*"$/s.test(text) ? text.slice(1, -1).replace(/\\(.)/gs, '$1') : text;
}

/** Of the bytes in UTF-8. */
export function encodePercent(text: string): string {
  let encoded = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const char = String.fromCharCode(byte);
    encoded += /[A-Za-z0-9\-_.~]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

/** `%%` is `%`; a `%` with anything else behind it stays. */
export function decodePercent(text: string): string {
  return text.replace(/%%|(?:%[0-9A-Fa-f]{2})+/g, (escapes) =>
    escapes === '%%' ? '%' : Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}
