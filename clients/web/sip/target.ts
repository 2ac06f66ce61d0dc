/**
 * What people type, as a SIP URI. A bare name or number is somebody of this server.
 * @param host of the server, without port. Null: it cannot be one.
 */
export function sipTarget(typed: string, host: string): string | null {
  const text = typed.trim().replace(/^<(.*)>$/, '$1');
  if (text === '' || text.length > 400) return null;
  const [, scheme = 'sip', rest = text] = /^(sips?|tel):(.+)$/i.exec(text) ?? [];
  if (scheme.toLowerCase() === 'tel') return userAtHost(rest.replace(/[\s().-]/g, ''), host);
  if (/[\s<>"]/.test(rest)) {
    // Numbers are typed with spaces and hyphens.
    const digits = rest.replace(/[\s().-]/g, '');
    return /^\+?[\d*#]+$/.test(digits) ? userAtHost(digits, host) : null;
  }
  if (rest.includes('@')) {
    const [, user = '', at = ''] = /^([^@]+)@([\w.:[\]-]+)(?:[;?].*)?$/.exec(rest) ?? [];
    return user === '' || at === '' ? null : `${scheme.toLowerCase()}:${rest}`;
  }
  return userAtHost(rest, host);
}

function userAtHost(user: string, host: string): string | null {
  // RFC 3261, 25.1: a `#` in the user part is escaped.
  return /^[\w.!~*'()&=+$,;?/%#-]+$/.test(user) ? `sip:${user.replaceAll('#', '%23')}@${host}` : null;
}
