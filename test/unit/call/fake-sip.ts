import type { Disposable } from '../../../core/runtime/index.ts';
import type {
  BoundListener,
  Dialog,
  DialogEvent,
  DialogSnapshot,
  DialogState,
  Flow,
  HeaderLine,
  InviteOptions,
  NameAddress,
  NotifierHandlers,
  OutgoingRequest,
  Registration,
  ReloadReport,
  RequestOutcome,
  ResponseOptions,
  ServerRequest,
  ServerSubscription,
  SessionTimerOption,
  SipBody,
  SipHandlers,
  SipOverload,
  SipRequest,
  SipResponse,
  SipStack,
  SipTrace,
  Subscription,
} from '../../../core/sip/index.ts';
import { parseNameAddress } from '../../../core/sip/index.ts';

/** Plain messages, and a stack whose peers are the test: nothing is sent, everything is noted. */
export function request(
  method: string,
  uri: string,
  headers: readonly HeaderLine[] = [],
  body: string | Uint8Array = '',
): SipRequest {
  return { kind: 'request', method, uri, ...message(headers, body) };
}

export function response(
  status: number,
  reason: string,
  headers: readonly HeaderLine[] = [],
  body: string | Uint8Array = '',
): SipResponse {
  return { kind: 'response', status, reason, ...message(headers, body) };
}

function message(headers: readonly HeaderLine[], body: string | Uint8Array) {
  const named = (name: string) => headers.filter(([each]) => each.toLowerCase() === name.toLowerCase());
  return {
    body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
    header: (name: string) => named(name)[0]?.[1] ?? null,
    headers: (name: string) => named(name).map(([, value]) => value),
    allHeaders: () => headers,
  };
}

/** What was sent on a dialog, in order. */
export type Sent =
  | { readonly kind: 'response'; readonly status: number; readonly reason: string; readonly options: ResponseOptions }
  | { readonly kind: 'request'; readonly method: string; readonly options: ResponseOptions }
  | { readonly kind: 'ack'; readonly body: SipBody | undefined }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'end' };

export class FakeDialog implements Dialog {
  readonly ids;
  readonly role: 'caller' | 'callee';
  state: DialogState = 'calling';
  readonly flow: Flow;
  readonly from: NameAddress;
  readonly to: NameAddress;
  readonly invite: SipRequest;
  readonly localAddress = '192.0.2.1';
  onEvent: (event: DialogEvent) => void = () => {};
  relays = false;
  onRefreshBody: () => SipBody | null = () => null;
  onRefreshAnswer: (response: SipResponse) => void = () => {};
  readonly timerOptions: SessionTimerOption[] = [];
  readonly sent: Sent[] = [];
  /** Answers of the peer to our requests inside the dialog. */
  answer: (method: string) => SipResponse = () => response(200, 'OK');

  constructor(role: 'caller' | 'callee', localTag: string, invite: SipRequest, flow: Flow) {
    this.role = role;
    this.ids = { callId: `id-${localTag}`, localTag, remoteTag: 'peer' };
    this.invite = invite;
    this.flow = flow;
    this.from = address(invite.header('From'));
    this.to = address(invite.header('To'));
  }

  /** Statuses that we answered, in order. */
  get statuses(): number[] {
    return this.sent.flatMap((each) => (each.kind === 'response' ? [each.status] : []));
  }

  get last(): Sent | undefined {
    return this.sent.at(-1);
  }

  respond(status: number, reason = '', options: ResponseOptions = {}): void {
    if (this.state === 'terminated') return;
    this.sent.push({ kind: 'response', status, reason, options });
    this.state = status < 200 ? 'early' : status < 300 ? 'confirmed' : 'terminated';
  }

  acknowledge(body?: SipBody): void {
    this.sent.push({ kind: 'ack', body });
  }

  acknowledgeProvisional(body?: SipBody): Promise<SipResponse> {
    return this.request('PRACK', body === undefined ? {} : { body });
  }

  readonly earlyDialogs = [];

  peerAllows(): boolean {
    return true;
  }

  peerSupports(): boolean {
    return false;
  }

  cancel(): void {
    this.sent.push({ kind: 'cancel' });
  }

  useSessionTimer(option: SessionTimerOption): null {
    this.timerOptions.push(option);
    return null;
  }

  request(method: string, options: ResponseOptions = {}): Promise<SipResponse> {
    this.sent.push({ kind: 'request', method, options });
    return Promise.resolve(this.answer(method));
  }

  end(): void {
    if (this.state === 'terminated') return;
    this.sent.push({ kind: 'end' });
    this.state = 'terminated';
  }

  snapshot(): DialogSnapshot {
    return { version: 1, data: { localTag: this.ids.localTag, role: this.role, uri: this.invite.uri } };
  }

  /** The peer hangs up. */
  bye(): void {
    this.state = 'terminated';
    this.onEvent({ kind: 'bye', request: request('BYE', 'sip:us@192.0.2.1') });
  }

  cancelled(): void {
    this.state = 'terminated';
    this.onEvent({ kind: 'cancelled', request: request('CANCEL', 'sip:us@192.0.2.1') });
  }

  /** The peer acknowledges our 2xx. */
  ack(body = ''): void {
    const content = new TextEncoder().encode(body);
    this.onEvent({ kind: 'acknowledged', body: content, contentType: body === '' ? null : 'application/sdp' });
  }

  /** A request of the peer inside the dialog; its answer is noted in the result. */
  receive(method: string, headers: readonly HeaderLine[] = [], body = ''): FakeServerRequest {
    const server = new FakeServerRequest(request(method, 'sip:us@192.0.2.1', headers, body), this.flow);
    this.onEvent({ kind: 'request', request: server });
    return server;
  }
}

export class FakeServerRequest implements ServerRequest {
  readonly request: SipRequest;
  readonly flow: Flow;
  onCancel = (): void => this.respond(487);
  status: number | null = null;
  reason = '';
  options: ResponseOptions = {};

  constructor(message: SipRequest, flow: Flow) {
    this.request = message;
    this.flow = flow;
  }

  get answered(): boolean {
    return this.status !== null;
  }

  respond(status: number, reason = '', options: ResponseOptions = {}): void {
    if (this.answered) return;
    this.status = status;
    this.reason = reason;
    this.options = options;
  }

  header(name: string): string | undefined {
    return this.options.headers?.find(([each]) => each === name)?.[1];
  }

  get bodyText(): string {
    return new TextDecoder().decode(this.options.body?.content);
  }
}

/** The subscription of a REFER: notes the status lines that it tells. */
export class FakeReferral implements ServerSubscription {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly ids = { callId: 'refer', localTag: 'us', remoteTag: 'peer' };
  readonly event = 'refer';
  readonly id: string | null;
  readonly expiresSeconds = 180;
  state: ServerSubscription['state'] = 'new';
  currentBody: (() => SipBody | null) | null = null;
  onEnd: ServerSubscription['onEnd'] = null;
  readonly told: string[] = [];
  readonly #pending: ServerRequest;

  constructor(pending: ServerRequest, id: string | null) {
    this.#pending = pending;
    this.request = pending.request;
    this.flow = pending.flow;
    this.id = id;
  }

  accept(options: { readonly status?: number; readonly body?: SipBody } = {}): void {
    this.#pending.respond(options.status ?? 200);
    this.state = 'active';
    this.#tell(options.body ?? null);
  }

  reject(status: number, reason?: string, options: ResponseOptions = {}): void {
    this.#pending.respond(status, reason, options);
    this.state = 'terminated';
  }

  notify(body: SipBody | null): void {
    this.#tell(body);
  }

  terminate(reason: string, options: { readonly body?: SipBody } = {}): void {
    this.state = 'terminated';
    this.#tell(options.body ?? null);
    this.told.push(reason);
  }

  #tell(body: SipBody | null): void {
    this.told.push(new TextDecoder().decode(body?.content).trim());
  }
}

export class FakeSip implements SipStack {
  readonly listeners: readonly BoundListener[] = [];
  handlers: SipHandlers = { onInvite: () => {}, onRequest: () => {} };
  readonly overload: SipOverload = {
    state: { active: false, share: 0, lagMs: 0, busyFraction: 0, shed: 0 },
    exempts: (uri) => uri === 'sip:112@example.org',
    look: () => this.overload.state,
    onChange: () => {},
  };
  readonly trace: SipTrace = {
    find: () => [],
    messages: () => [],
    pcap: () => new Uint8Array(0),
    capture: () => ({ dispose: () => {} }),
  };
  readonly load = { transactions: 0, dialogs: 0, connections: 0 };
  readonly invited: { readonly options: InviteOptions; readonly dialog: FakeDialog; offer: SipBody | null }[] = [];
  /** What the target of the next INVITE resolves to. */
  resolvesTo = '10.0.0.9';
  #callers = 0;

  acceptWebSocket(): void {}

  async reload(): Promise<ReloadReport> {
    return { renewed: [], faults: [] };
  }

  flow(trusted = true): Flow {
    return {
      transport: 'udp',
      local: { address: '192.0.2.1', port: 5060 },
      remote: { address: '192.0.2.9', port: 5070 },
      connectionId: 0,
      trusted,
    };
  }

  open(): void {}

  /** A call comes in. */
  incoming(
    uri: string,
    options: {
      readonly headers?: readonly HeaderLine[];
      readonly sdp?: string | null;
      readonly trusted?: boolean;
    } = {},
  ): FakeDialog {
    const sdp = options.sdp === undefined ? offerSdp : (options.sdp ?? '');
    const invite = request(
      'INVITE',
      uri,
      [
        ['From', '"Ann" <sip:ann@example.org>;tag=a1'],
        ['To', `<${uri}>`],
        ...(sdp === '' ? [] : ([['Content-Type', 'application/sdp']] as const)),
        ...(options.headers ?? []),
      ],
      sdp,
    );
    const tag = this.handlers.newTag?.() ?? `tag${++this.#callers}`;
    const dialog = new FakeDialog('callee', tag, invite, this.flow(options.trusted ?? true));
    this.handlers.onInvite(dialog);
    return dialog;
  }

  /** A request outside a dialog comes in. */
  outside(method: string, uri: string, headers: readonly HeaderLine[] = []): FakeServerRequest {
    const server = new FakeServerRequest(request(method, uri, headers), this.flow());
    this.handlers.onRequest(server);
    return server;
  }

  invite(options: InviteOptions): Dialog {
    const headers: HeaderLine[] = [['From', options.from], ['To', options.to], ...(options.headers ?? [])];
    const dialog = new FakeDialog(
      'caller',
      options.localTag,
      request('INVITE', options.requestUri, headers),
      this.flow(),
    );
    const entry = { options, dialog, offer: null as SipBody | null };
    this.invited.push(entry);
    const admitted = options.admitTarget?.({ address: this.resolvesTo, port: 5060 }) ?? true;
    queueMicrotask(async () => {
      if (admitted) entry.offer = await options.offer('192.0.2.1').catch(() => null);
      else dialog.onEvent({ kind: 'failed', response: response(403, 'Forbidden'), cause: 'transport' });
    });
    return dialog;
  }

  /** Requests outside dialogs, answered with `requestStatus`. */
  readonly requested: OutgoingRequest[] = [];
  requestStatus = 200;

  register(): Registration {
    throw new Error('nobody registers here');
  }

  serviceRoute(): readonly string[] | null {
    return null;
  }

  request(options: OutgoingRequest): Promise<RequestOutcome> {
    this.requested.push(options);
    const status = this.requestStatus;
    return Promise.resolve({ response: response(status, 'Whatever'), cause: 'response', cseq: 1, flow: this.flow() });
  }

  restoreDialog(snapshot: DialogSnapshot): Dialog {
    const { localTag, role, uri } = snapshot.data;
    const invite = request('INVITE', String(uri), [
      ['From', '<sip:ann@example.org>;tag=a1'],
      ['To', '<sip:us@example.org>'],
    ]);
    const dialog = new FakeDialog(role === 'caller' ? 'caller' : 'callee', String(localTag), invite, this.flow());
    dialog.state = 'confirmed';
    this.restored.push(dialog);
    return dialog;
  }

  readonly restored: FakeDialog[] = [];

  findDialog(): Dialog | null {
    return null;
  }

  subscribe(): Subscription {
    throw new Error('the fake has no subscriptions');
  }

  readonly notifiers = new Map<string, NotifierHandlers>();

  notifier(eventPackage: string, handlers: NotifierHandlers): Disposable {
    this.notifiers.set(eventPackage, handlers);
    return { dispose: () => void this.notifiers.delete(eventPackage) };
  }

  get eventPackages(): readonly string[] {
    return [...this.notifiers.keys()];
  }

  readonly referrals: FakeReferral[] = [];

  referSubscription(_dialog: Dialog | null, request: ServerRequest, id: string | null): ServerSubscription {
    const referral = new FakeReferral(request, id);
    this.referrals.push(referral);
    return referral;
  }

  takeSubscription(): boolean {
    return false;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function address(value: string | null): NameAddress {
  const parsed = parseNameAddress(value ?? '<sip:nobody@example.org>');
  if (parsed === null) throw new Error(`not an address: ${value}`);
  return parsed;
}

export const sdp = (
  attributes: { address?: string; port?: number; direction?: string; payloads?: string } = {},
): string => {
  const { address: host = '192.0.2.9', port = 4000, direction = 'sendrecv', payloads = '0 8 101' } = attributes;
  return [
    'v=0',
    `o=- 1 1 IN IP4 ${host}`,
    's=-',
    `c=IN IP4 ${host}`,
    't=0 0',
    `m=audio ${port} RTP/AVP ${payloads}`,
    'a=rtpmap:101 telephone-event/8000',
    `a=${direction}`,
    '',
  ].join('\r\n');
};

export const offerSdp = sdp();
