import type { CertificateName } from './network.ts';

const kinds: { readonly [label: string]: CertificateName['kind'] } = { URI: 'uri', DNS: 'dns', 'IP Address': 'ip' };

/**
 * Reads a subjectAltName as Node prints it: `DNS:a.example, URI:sip:a.example, IP Address:192.0.2.1`. A value that
 * could be mistaken for two is a JSON string there: a comma inside of one must not make a name of its own.
 */
export function subjectNames(text: string): readonly CertificateName[] {
  const names: CertificateName[] = [];
  // Sticky: after something unreadable nothing is guessed, or a part of one value could pass for a name.
  const entry = /([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y;
  while (entry.lastIndex < text.length) {
    const match = entry.exec(text);
    if (match === null) return names;
    const [, label = '', written = ''] = match;
    const kind = kinds[label];
    const value = written.startsWith('"') ? unquoted(written) : written;
    if (kind !== undefined && value !== null && value !== '') names.push({ kind, value });
  }
  return names;
}

function unquoted(text: string): string | null {
  try {
    return String(JSON.parse(text));
  } catch {
    return null;
  }
}
