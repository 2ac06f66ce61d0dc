/** A request as the application may see it: without the headers that its sender may not set (`trust.ts`). */
import type { SipCounters } from './counters.ts';
import { HeaderSection } from './header-section.ts';
import type { ParsedRequest } from './message.ts';
import { isGuardedHeader } from './trust.ts';
import type { Flow } from './types.ts';

/** `request` itself when there is nothing to remove. */
export function withoutUntrusted(request: ParsedRequest, flow: Flow, counters: SipCounters): ParsedRequest {
  if (flow.trusted) return request;
  const { latin1, codes, spans, ascii } = request.section;
  const kept = spans.filter((span) => !isGuardedHeader(span.name));
  if (kept.length === spans.length) return request;
  counters.untrustedHeaders.add(spans.length - kept.length);
  return request.withSection(new HeaderSection(latin1, codes, kept, ascii));
}
