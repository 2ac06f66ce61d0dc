import {
  CodedError,
  DsmException,
  type DsmModule,
  type DsmScript,
  type Subscription,
  secureToken,
} from '../../../core/index.ts';
import { parseUnsigned } from '../engine/index.ts';
import { scriptHostOf } from '../host/call-face.ts';
import { action } from './rows.ts';
import { atEnd, perServer, serverOf } from './server.ts';

/** By handle. */
const subscriptionsOf = perServer(() => new Map<string, Subscription>());
/** Those of a script end with it. */
const handlesOf = new WeakMap<DsmScript, Set<string>>();
const maxSubscriptions = 10_000;

/** What the event `subscription` tells. */
interface News {
  readonly status: 'active' | 'pending' | 'failed' | 'terminated' | 'timeout';
  readonly code?: number | null;
  readonly reason?: string | null;
  readonly expires?: number | null;
  readonly body?: Uint8Array;
}

function tell(script: DsmScript, handle: string, { status, code, reason, expires, body }: News): void {
  const hasBody = body !== undefined && body.length > 0;
  const parameters = new Map([
    ['status', status],
    ['code', String(code ?? '')],
    ['reason', reason ?? ''],
    ['expires', String(expires ?? '')],
    ['has_body', String(hasBody)],
    ['handle', handle],
  ]);
  const text = hasBody ? Buffer.from(body).toString('utf8') : '';
  scriptHostOf(script)?.queueEvent('SIPSubscription', parameters, hasBody ? { SipSubscriptionBody: text } : {});
}

/** @throws CodedError `dial.forbidden`, `dial.failed`, `module.full`. */
function subscribe(script: DsmScript, name: string): string {
  const field = (key: string): string => script.variables.get(`${name}.${key}`);
  const { calls, random } = serverOf(script);
  const subscriptions = subscriptionsOf(serverOf(script));
  if (subscriptions.size >= maxSubscriptions)
    throw new CodedError('module.full', `scripts have ${maxSubscriptions} subscriptions`);
  const handle = secureToken(random, 12).toUpperCase();
  const [domain, user, proxy, id, expires] = [
    field('domain'),
    field('user'),
    field('proxy'),
    field('id'),
    field('expires'),
  ];
  const accept = field('accept');
  subscriptions.set(
    handle,
    calls.subscribe({
      requestUri: `sip:${user}@${domain}`,
      to: `<sip:${user}@${domain}>`,
      from: `<sip:${field('from_user')}@${domain}>`,
      event: field('event'),
      ...(id === '' ? {} : { id }),
      ...(accept === '' ? {} : { accept: accept.split(',').map((type) => type.trim()) }),
      ...(expires === '' ? {} : { expiresSeconds: parseUnsigned(expires) ?? 3600 }),
      ...(proxy === '' ? {} : { outboundProxy: proxy }),
      ...(field('pwd') === '' ? {} : { credentials: { realm: '', user: field('from_user'), password: field('pwd') } }),
      onNotify: ({ state, body }) => {
        if (state.state !== 'terminated')
          tell(script, handle, { status: state.state, expires: state.expiresSeconds, body });
        else tell(script, handle, { status: 'terminated', reason: state.reason, body });
      },
      onState: ({ state, status, reason }) => {
        if (state !== 'terminated') return;
        subscriptions.delete(handle);
        handlesOf.get(script)?.delete(handle);
        // One that a NOTIFY ended was told with it.
        if (status !== null)
          tell(script, handle, { status: status === 408 ? 'timeout' : 'failed', code: status, reason });
      },
    }),
  );
  const handles = handlesOf.get(script) ?? new Set();
  handlesOf.set(script, handles.add(handle));
  atEnd(script, 'subscription', () => {
    for (const each of handles) drop(script, each);
  });
  return handle;
}

/** "unsubscribe & remove". False: it is not there any more. */
function drop(script: DsmScript, handle: string): boolean {
  const subscriptions = subscriptionsOf(serverOf(script));
  const subscription = subscriptions.get(handle);
  handlesOf.get(script)?.delete(handle);
  subscription?.unsubscribe();
  return subscriptions.delete(handle);
}

const needed = ['domain', 'user', 'from_user', 'event'];

/** Subscriptions to event packages of peers (RFC 6665; reference/dsm 5.9). */
export const modSubscription: DsmModule = {
  name: 'mod_subscription',
  summary: 'Subscriptions (SUBSCRIBE, NOTIFY); news come as the event subscription.',
  actions: [
    action.twoMaybe(
      'name:RN',
      'unused:L',
    )({
      name: 'subscription.create',
      summary:
        'Subscribes by $name.domain, user, from_user, event (and pwd, proxy, accept, id, expires); $name.handle.',
      errno: ['arg'],
      run(script, name) {
        script.variables.set(`${name}.handle`, '');
        const missing = needed.filter((key) => script.variables.get(`${name}.${key}`) === '');
        try {
          if (missing.length > 0)
            throw new CodedError('dial.failed', `$${name}.${missing.join(`, $${name}.`)} not set`);
          script.variables.set(`${name}.handle`, subscribe(script, name));
          script.clearError();
        } catch (fault) {
          if (!(fault instanceof CodedError)) throw fault;
          script.setError('arg', fault.message);
        }
        return undefined;
      },
    }),
    action.twoMaybe(
      'handle',
      'expires',
    )({
      name: 'subscription.refresh',
      summary: 'Asks for the state, and for so many seconds more.',
      errno: ['general'],
      run(script, handle, expires) {
        const subscription = subscriptionsOf(serverOf(script)).get(handle);
        const seconds = expires === '' ? undefined : parseUnsigned(expires);
        if (seconds === null) throw new DsmException('param', { cause: `${expires} is no number of seconds` });
        if (subscription === undefined) script.setError('general', `there is no subscription ${handle.slice(0, 80)}`);
        else {
          subscription.refresh(undefined, seconds);
          script.clearError();
        }
        return undefined;
      },
    }),
    action.one('handle')({
      name: 'subscription.remove',
      summary: 'Ends the subscription.',
      run(script, handle) {
        if (!drop(script, handle))
          script.log.warn('DSM: there is no such subscription', { handle: handle.slice(0, 80) });
        return undefined;
      },
    }),
  ],
  conditions: [],
};
