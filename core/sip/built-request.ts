/** A request of ours as its owner may read it, before and after it was sent. */
import { normalHeaderName } from './header-names.ts';
import type { RequestParts } from './print.ts';
import type { SipRequest } from './types.ts';

/** A reader over the parts of a request. */
export function builtRequest({ method, uri, headers, body }: RequestParts): SipRequest {
  const all = body == null ? headers : [...headers, ['Content-Type', body.contentType] as const];
  const values = (name: string): readonly string[] => {
    const wanted = normalHeaderName(name);
    return all.filter(([own]) => normalHeaderName(own) === wanted).map(([, value]) => value);
  };
  return {
    kind: 'request',
    method,
    uri,
    body: body?.content ?? new Uint8Array(0),
    header: (name) => values(name)[0] ?? null,
    headers: values,
    allHeaders: () => all,
  };
}
