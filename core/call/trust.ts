import type { Counter } from '../runtime/index.ts';
import type { Flow, SipRequest } from '../sip/index.ts';

/**
 * Headers that tell this server what to do or who is calling; believed only from `sip.trusted`
 * (design, section 4), because SEMS "never checks who wrote them" (reference/applications 2.1).
 */
const guarded: readonly RegExp[] = [
  /^p-app-/,
  /^p-iptel-param$/,
  /^p-email-address$/,
  /^p-language$/,
  /^p-final-reply-/,
  /^p-dialout-/,
  /^p-transfer-/,
  /^p-refer-to$/,
  /^p-b2b$/,
  /^diversion$/,
  /^p-asserted-identity$/,
];

export function isGuardedHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return guarded.some((pattern) => pattern.test(lower));
}

/** Reads headers of `request` as an application may see them: guarded ones only from a trusted flow. */
export function trustedHeaders(request: SipRequest, flow: Flow): (name: string) => string | null {
  return (name) => (!flow.trusted && isGuardedHeader(name) ? null : request.header(name));
}

/** Counts a stranger's guarded headers. */
export function countStrangersHeaders(request: SipRequest, flow: Flow, counter: Counter): void {
  if (flow.trusted) return;
  const ignored = request.allHeaders().filter(([name]) => isGuardedHeader(name)).length;
  if (ignored > 0) counter.add(ignored);
}
