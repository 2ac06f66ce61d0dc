import { CodedError, type Endpoint } from '../runtime/index.ts';
import { type Dialog, type InviteOptions, parseNameAddress, parseUri, type SipBody } from '../sip/index.ts';
import { admitCall } from './admission.ts';
import { AppParameters } from './app-params.ts';
import type { CallIdentity, LayeredCall } from './call.ts';
import type { Engine } from './engine.ts';
import { checkedLabels } from './labels.ts';
import { type DialPermit, forbiddenAddress, mayDial } from './may-dial.ts';
import { withServiceRoute } from './registering.ts';
import type { Call, OriginateOptions } from './types.ts';

/**
 * Places a call: judges it, sends the INVITE with an offer, and runs the application on it. What
 * happens to the call comes on it.
 * @throws CodedError `application.unknown`, `dial.forbidden`, `dial.failed`, `call.limit`, `call.shutdown`.
 */
export function placeCall(engine: Engine, options: OriginateOptions): Call {
  try {
    const serve = options.onCall ?? serveBy(engine, options.application);
    const order = withServiceRoute(engine, options);
    const permit = admit(engine, order);
    return start(engine, order, permit, serve);
  } catch (fault) {
    if (fault instanceof CodedError) tellRefusal(engine, options, fault);
    throw fault;
  }
}

/** The second leg of a coupled call: an INVITE whose body is not ours. */
export interface LegOrder extends OriginateOptions {
  /** What the INVITE has besides. */
  readonly invite: Partial<
    Pick<
      InviteOptions,
      'callId' | 'nextHop' | 'outboundProxy' | 'listener' | 'reliableProvisional' | 'maxForwards' | 'sessionTimer'
    >
  >;
  /** False: nothing is sent to this place, whatever the dial rules say. */
  readonly mayGoTo: (target: Endpoint) => boolean;
  /** The body, once our address towards the target is known; null: none. */
  readonly offer: (localAddress: string) => Promise<SipBody | null>;
}

/**
 * As `placeCall`, for `coupling.ts`: judged, counted and told like any call that we place.
 * @throws CodedError as `placeCall`.
 */
export function placeLeg(engine: Engine, order: LegOrder): LayeredCall {
  try {
    return start(engine, order, admit(engine, order), () => {}, order);
  } catch (fault) {
    if (fault instanceof CodedError) tellRefusal(engine, order, fault);
    throw fault;
  }
}

/**
 * As `placeCall`, for a call that takes the place of another: no application runs on it yet, and it is what the
 * other one was.
 * @throws CodedError as `placeCall`.
 */
export function placeHeir(engine: Engine, options: OriginateOptions, identity: CallIdentity): LayeredCall {
  try {
    return start(engine, options, admit(engine, options), () => {}, null, identity);
  } catch (fault) {
    if (fault instanceof CodedError) tellRefusal(engine, options, fault);
    throw fault;
  }
}

function serveBy(engine: Engine, name: string): (call: Call) => void | Promise<void> {
  const application = engine.application(name);
  if (application === undefined) throw new CodedError('application.unknown', `${name} is not loaded`);
  if (application.originate === undefined) throw new CodedError('application.unknown', `${name} does not place calls`);
  return (call) => application.originate?.(call);
}

/** Everything that is checked before anything is sent. */
function admit(engine: Engine, options: OriginateOptions & { readonly invite?: LegOrder['invite'] }): DialPermit {
  const refusal = admitCall(engine.parts.config.calls, engine.statistics, engine.shutdownMode);
  if (refusal !== null)
    throw new CodedError(engine.shutdownMode ? 'call.shutdown' : 'call.limit', refusal.why.cause ?? refusal.reason);
  const { from, to, requestUri, headers = [] } = options;
  mustBeOneLine('from', from);
  mustBeOneLine('to', to);
  mustBeOneLine('request URI', requestUri);
  for (const [name, value] of headers) mustBeOneLine(name, value);
  mustBeFresh(engine, options);
  mustBeAddress('from', from);
  mustBeAddress('to', to);
  const permits = [
    ...destinationsOf(requestUri, options.invite).map((uri) => mayDial(engine.dialRules, uri)),
    ...routesOf(headers).map((uri) => mayDial(engine.dialRules, uri)),
  ];
  checkedLabels(options.labels ?? {});
  engine.accounts.check(options.origin.name);
  return { admits: (address) => permits.every((permit) => permit.admits(address)) };
}

/** @throws CodedError `dial.failed`. */
export function mustBeOneLine(what: string, text: string): void {
  if (lineBreak.test(text) || lineBreak.test(what)) throw new CodedError('dial.failed', `${what} holds a line break`);
}

/** Tag and Call-ID are tokens of a message (RFC 3261 25.1). */
function mustBeFresh(engine: Engine, { tag, callId }: OriginateOptions): void {
  if (tag !== undefined && !/^[\w.!%*+`'~-]{1,128}$/.test(tag))
    throw new CodedError('dial.failed', 'the tag is no token');
  if (tag !== undefined && engine.find(tag) !== null) throw new CodedError('dial.failed', `the tag ${tag} is in use`);
  if (callId !== undefined && !/^[\w.!%*+`'~()<>:\\"/[\]?{}@-]{1,256}$/.test(callId))
    throw new CodedError('dial.failed', 'the Call-ID is no word');
}

function mustBeAddress(what: string, text: string): void {
  if (parseNameAddress(text) === null) throw new CodedError('dial.failed', `${what}: ${text} is no SIP address`);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a line break would make a header of its own
const lineBreak = /[\u0000\r\n]/;

/** Where the request really goes: the next hops with the number that is dialled, else the Request-URI's host. */
export function destinationsOf(requestUri: string, invite: LegOrder['invite'] = {}): string[] {
  const { nextHop, outboundProxy } = invite;
  if (nextHop === undefined && outboundProxy === undefined) return [requestUri];
  const hops = [
    ...(nextHop?.split(',').map((hop) => hop.trim().replace(/\/.*$/, '')) ?? []),
    ...(outboundProxy === undefined ? [] : [hostOf(outboundProxy)]),
  ].filter((hop) => hop !== '');
  if (hops.length === 0) return [requestUri];
  const user = /^[a-z]+:(?:([^@?]*)@)?/i.exec(requestUri)?.[1] ?? '';
  return hops.map((hop) => `sip:${user === '' ? '' : `${user}@`}${hop}`);
}

function hostOf(uri: string): string {
  return uri.replace(/^.*<|>.*$/g, '').replace(/^sips?:(?:[^@]*@)?|[;?].*$/gi, '');
}

/** A Route header says where the request really goes. */
export function routesOf(headers: readonly (readonly [string, string])[]): string[] {
  return headers
    .filter(([name]) => name.length === 5 && name.toLowerCase() === 'route')
    .flatMap(([, value]) => [...value.matchAll(/<([^>]*)>/g)].map((match) => match[1] ?? ''));
}

function start(
  engine: Engine,
  options: OriginateOptions,
  permit: DialPermit,
  serve: (call: Call) => void | Promise<void>,
  order: LegOrder | null = null,
  identity: CallIdentity = identityOf(options),
): LayeredCall {
  const { requestUri, origin } = options;
  // The stack asks for the offer once it knows our address towards the target.
  let begun: (call: LayeredCall) => void = () => {};
  const whenBegun = new Promise<LayeredCall>((resolve) => {
    begun = resolve;
  });
  let forbidden = false;
  const timer = engine.sessionTimerOf(engine.application(options.application));
  const dialog: Dialog = engine.parts.sip.invite({
    requestUri,
    from: options.from,
    to: options.to,
    localTag: options.tag ?? engine.newTag(),
    admitTarget: ({ address, port }: Endpoint) => {
      if (order?.mayGoTo({ address, port }) === false) return false;
      const admitted = permit.admits(address);
      forbidden ||= !admitted;
      return admitted;
    },
    offer: async (localAddress) => {
      const { session } = await whenBegun;
      if (order !== null) return order.offer(localAddress).catch((fault) => failing(session, fault));
      if (options.body !== undefined) return options.body;
      const { address } = engine.parts.config.media;
      try {
        return await session.negotiation.offer(address === 'auto' ? localAddress : address);
      } catch (fault) {
        // Why there is no offer is told by the call; the stack only learns that there is none.
        session.fail(fault);
        throw fault;
      }
    },
    // What need not be there comes last: see feed.ts.
    ...(options.headers === undefined ? {} : { headers: options.headers }),
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    ...(timer === undefined ? {} : { sessionTimer: timer }),
    ...(options.callId === undefined ? {} : { callId: options.callId }),
    ...(order?.invite ?? {}),
  });
  const call = engine.adopt(dialog, options.application, identity, { traceId: options.traceId, srtp: options.srtp });
  engine.accounts.started(origin.name, call.tag);
  call.session.watch((event) => {
    const refused = event.kind === 'sip' && event.event.kind === 'failed' && event.event.cause === 'transport';
    if (refused && forbidden) call.session.forbid(forbiddenAddress(requestUri));
  });
  engine.story.began(call, origin.name);
  engine.feed.started(call);
  engine.run(call, serve);
  begun(call);
  return call;
}

function failing(session: LayeredCall['session'], fault: unknown): never {
  session.fail(fault);
  throw fault;
}

function identityOf({ from, to, requestUri, user, labels = {}, parameters = null }: OriginateOptions) {
  const text = typeof parameters === 'string' ? parameters : null;
  const keyed = AppParameters.parse(text);
  const struct = new Map(
    parameters !== null && typeof parameters === 'object' && !Array.isArray(parameters)
      ? Object.entries(parameters).map(([name, value]) => [name.toLowerCase(), value])
      : [],
  );
  return {
    from,
    to,
    ruri: requestUri,
    user,
    labels,
    domain: parseUri(requestUri)?.host ?? '',
    parameters,
    header: () => null,
    parameter: (...names: readonly string[]): string | null => {
      for (const name of names) {
        const value = struct.get(name.toLowerCase());
        if (value !== undefined && value !== null) return String(value);
      }
      return keyed.get(...names);
    },
  };
}

function tellRefusal(engine: Engine, options: OriginateOptions, fault: CodedError): void {
  const { sip, sentence } = fault.row;
  const [why] = fault.why();
  if (why === undefined) return;
  const { from, requestUri: ruri } = options;
  const refused = { status: sip, reason: sentence, from, ruri, source: options.origin.name };
  engine.feed.refused({ ...refused, source: 'local' }, why);
  engine.story.refused({ ...refused, reason: why.cause ?? sentence });
}
