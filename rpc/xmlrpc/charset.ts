import { TextDecoder } from 'node:util';
import { CodedError } from '../../core/runtime/index.ts';

const decoders: { readonly [charset: string]: () => TextDecoder } = {
  'utf-8': () => new TextDecoder('utf-8', { fatal: true }),
  utf8: () => new TextDecoder('utf-8', { fatal: true }),
  'us-ascii': () => new TextDecoder('utf-8', { fatal: true }),
  ascii: () => new TextDecoder('utf-8', { fatal: true }),
  'iso-8859-1': () => new TextDecoder('latin1'),
  'iso8859-1': () => new TextDecoder('latin1'),
  latin1: () => new TextDecoder('latin1'),
};

/**
 * An XML body as text. RFC 7303, 3: a byte order mark wins, then the charset of the Content-Type, then
 * the XML declaration; UTF-8 otherwise. @throws CodedError `rpc.parse`.
 */
export function decodeXmlBody(body: Uint8Array, contentType: string): string {
  const mark = byteOrderMark(body);
  const name = mark ?? charsetOf(contentType) ?? declared(body) ?? 'utf-8';
  const decoder = Object.hasOwn(decoders, name) ? decoders[name] : undefined;
  if (decoder === undefined)
    throw new CodedError('rpc.parse', `the encoding ${JSON.stringify(name)} is not known: send UTF-8 or ISO-8859-1`);
  try {
    return decoder().decode(body);
  } catch {
    throw new CodedError('rpc.parse', `the body is not valid ${name}`);
  }
}

/** The charset parameter of a Content-Type, lower-case, or null. */
export function charsetOf(contentType: string): string | null {
  return /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1]?.toLowerCase() ?? null;
}

function byteOrderMark(body: Uint8Array): string | null {
  const [first, second, third] = body;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if ((first === 0xfe && second === 0xff) || (first === 0xff && second === 0xfe)) return 'utf-16';
  return null;
}

function declared(body: Uint8Array): string | null {
  if (body[0] !== 0x3c || body[1] !== 0x3f) return null;
  const head = Buffer.from(body.subarray(0, 200)).toString('latin1');
  return /^<\?xml\s[^>]*?encoding\s*=\s*["']([^"']+)["']/.exec(head)?.[1]?.toLowerCase() ?? null;
}
