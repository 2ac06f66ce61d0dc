import type { LegHooks, RouteDecision, RouteTarget, SipRequest } from '../../core/index.ts';
import type { B2buaConfig } from './config.ts';

/** Where a call goes, and how, by the configuration; all but the URI is the same for every call. */
export function deciderFor(config: B2buaConfig): (invite: Pick<SipRequest, 'uri'>) => RouteDecision {
  const { media, ringTimeoutMs, maxCallSeconds, sessionTimer } = config;
  const target = targetOf(config);
  const timer = sessionTimer ? {} : { sessionTimer: false as const };
  return ({ uri }) => ({
    kind: 'connect',
    targets: [{ requestUri: uri, ...target }],
    media,
    ringTimeoutMs,
    maxCallMs: maxCallSeconds * 1000,
    ...timer,
  });
}

/** Without `requestUri` the call goes to the URI that was called. */
function targetOf({ target, credentials, addHeaders }: B2buaConfig): Partial<RouteTarget> {
  const text = target.trim();
  const fixed = /^sips?:/i.test(text);
  return {
    ...(fixed ? { requestUri: text } : {}),
    ...(fixed || text === '' || text === '$(ruri)' ? {} : { nextHop: text }),
    ...(credentials.user === '' ? {} : { credentials }),
    headers: Object.entries(addHeaders),
  };
}

/** Takes out the headers that may not cross. */
export function hooksFor({ removeHeaders }: B2buaConfig): LegHooks {
  if (removeHeaders.length === 0) return {};
  const removed = new Set(removeHeaders.map((name) => name.toLowerCase()));
  const without = <T extends { readonly headers: readonly (readonly [string, string])[] }>(message: T): T => ({
    ...message,
    headers: message.headers.filter(([name]) => !removed.has(name.toLowerCase())),
  });
  return { onRequest: without, onReply: without };
}
