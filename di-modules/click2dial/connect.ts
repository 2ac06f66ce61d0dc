/** The callee of a click-to-dial call: placed when its caller has heard the announcement. */
import { type Call, type CallEngine, CodedError, type DiValue } from '../../core/index.ts';

/** What `di_dial.dial_auth_b2b` gives its application (di-interfaces 5.3). */
export interface Order {
  readonly credentials: { readonly realm: string; readonly user: string; readonly password: string };
  readonly calleeUri: string;
}

/** Four texts, as in SEMS: realm, user, password, URI of the callee. @throws CodedError `rpc.wrongType`. */
export function orderOf(parameters: DiValue): Order {
  if (Array.isArray(parameters) && parameters.length === 4) {
    const [realm, user, password, calleeUri] = parameters as readonly DiValue[];
    if (typeof realm === 'string' && typeof user === 'string' && typeof password === 'string')
      if (typeof calleeUri === 'string') return { credentials: { realm, user, password }, calleeUri };
  }
  throw new CodedError('rpc.wrongType', 'click2dial is called by di_dial.dial_auth_b2b: realm, user, password, callee');
}

/**
 * Calls the callee and connects both; either's end ends the other. Resolves when they are connected, or when nothing is
 * left. The caller is shown to the callee as it was called (applications 9.7).
 */
export async function connectCallee(
  a: Call,
  { credentials, calleeUri }: Order,
  { calls, relaysEarlyMedia }: { readonly calls: CallEngine; readonly relaysEarlyMedia: boolean },
): Promise<void> {
  if (a.signal.aborted) return;
  const b = calls.originate({
    application: 'click2dial',
    user: '',
    from: a.from,
    to: a.to,
    requestUri: calleeUri,
    credentials,
    origin: { name: `call:${a.tag}` },
    labels: a.labels,
    traceId: a.traceId,
    onCall: () => {},
  });
  let isConnected = false;
  const connect = (): void => {
    if (isConnected || a.signal.aborted || b.signal.aborted) return;
    isConnected = true;
    a.bridge(b);
  };
  b.session.watch((event) => {
    if (relaysEarlyMedia && event.kind === 'earlyMedia' && b.session.media !== null) connect();
  });
  a.signal.addEventListener('abort', () => b.hangup(), { once: true });
  try {
    await b.connected;
    connect();
  } catch {
    const [why] = (await b.ended).why;
    a.hangup(why);
  }
}
