/** What somebody types to call another in. Pure. */
export interface DialTarget {
  readonly user: string;
  readonly domain: string;
}

/** `200`, `bob@example.com`, `sip:bob@example.com:5070`; a bare number is called at `domain`. Null: none of these. */
export function readDialTarget(text: string, domain: string): DialTarget | null {
  const bare = text.trim().replace(/^(sips?|tel):/i, '');
  const at = bare.lastIndexOf('@');
  const typed = at < 0 ? bare : bare.slice(0, at);
  // People write numbers with blanks and brackets.
  const user = /^[+\d().\s/-]+$/.test(typed) ? typed.replace(/[^+\d]/g, '') : typed;
  const host = at < 0 ? domain.trim() : bare.slice(at + 1);
  const fits = /^[^\s<>"@,]{1,256}$/.test(user) && /^[A-Za-z0-9.:;=_[\]-]{1,256}$/.test(host);
  return fits ? { user, domain: host } : null;
}
