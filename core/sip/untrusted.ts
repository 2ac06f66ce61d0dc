/** A request as the application may see it: without the headers that its sender may not set (`trust.ts`). */
import type { SipCounters } from './counters.ts';
import type { ParsedRequest } from './message.ts';
import { isGuardedHeader } from './trust.ts';
import type { Flow } from './types.ts';

/** `request` itself when there is nothing to remove. */
export function withoutUntrusted(request: ParsedRequest, flow: Flow, counters: SipCounters): ParsedRequest {
  if (flow.trusted) return request;
  const section = request.section.without(isGuardedHeader);
  if (section === request.section) return request;
  counters.untrustedHeaders.add(request.section.count - section.count);
  return request.withSection(section);
}
