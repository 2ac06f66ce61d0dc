/**
 * The sending side of one dialog: builds its requests, keeps their CSeq, sends and repeats ACKs.
 * A forked INVITE has one for each fork that answers.
 */
import { Authorizer } from './auth-retry.ts';
import type { ClientOwner, ClientTransaction } from './client-transaction.ts';
import { addressing, type DialogData, withTag } from './dialog-data.ts';
import { DialogRoute } from './dialog-route.ts';
import { type Channel, viaLine } from './flow.ts';
import { buildRequest, type RequestParts } from './print.ts';
import { withoutPrivate } from './privacy.ts';
import { sendRequest } from './send-request.ts';
import type { SipCore } from './sip-core.ts';
import { addDefaults, productLine } from './stack-headers.ts';
import type { Credentials, Flow, HeaderLine, RequestOptions, SipBody } from './types.ts';

const noBytes = new Uint8Array(0);

/** Methods whose requests refresh the target, and so carry a Contact (RFC 3261 12.2, RFC 3311, 6665). */
export const targetRefreshers: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY', 'REFER']);

export interface LegOptions {
  readonly core: SipCore;
  readonly data: DialogData;
  readonly flow: Flow;
  readonly credentials: readonly Credentials[];
  /** What was learnt of challenges so far, shared with another fork. */
  readonly auth?: Authorizer;
  /** The way to the peer, of a leg whose place this one takes. */
  readonly route?: DialogRoute;
}

export class DialogLeg {
  data: DialogData;
  readonly route: DialogRoute;
  readonly auth: Authorizer;
  /** The INVITE went to a sips URI. */
  isSips = false;
  /** Headers that a request has unless its owner gave them: those of the session timer. */
  extraLines: (method: string) => readonly HeaderLine[] = () => [];
  /** What is sent was said by another peer (`Dialog.relays`). */
  relays: () => boolean = () => false;
  readonly #core: SipCore;
  /** The ACK of our newest answered INVITE. */
  #ack: { readonly cseq: number; readonly body: SipBody | null } | null = null;

  constructor({ core, data, flow, credentials, auth, route }: LegOptions) {
    this.#core = core;
    this.data = data;
    this.route = route ?? new DialogRoute(core, flow);
    this.auth = auth ?? new Authorizer(credentials, core.seams.random);
  }

  /** The sending side towards another fork of our INVITE, whose CSeq it goes on from (12.1.2). */
  fork(peer: Pick<DialogData, 'remoteTag' | 'remoteTarget' | 'routeSet'>): DialogLeg {
    const { inviteCseq } = this.data;
    const data = { ...this.data, ...peer, localCseq: inviteCseq, remoteCseq: null };
    const leg = new DialogLeg({ core: this.#core, data, flow: this.flow, credentials: [], auth: this.auth });
    leg.route.listener = this.route.listener;
    leg.isSips = this.isSips;
    return leg;
  }

  /** The same leg without what its dialog hung on it: it repeats the ACK when the dialog is gone. */
  remnant(): DialogLeg {
    const { data, flow, auth, route } = this;
    const leg = new DialogLeg({ core: this.#core, data, flow, credentials: [], auth, route });
    leg.isSips = this.isSips;
    leg.#ack = this.#ack;
    return leg;
  }

  /** Our Contact must be a sips URI. */
  get isSecure(): boolean {
    return this.isSips || isSecure(this.data);
  }

  /** Our Contact on `channel`: our tag as user, the address and transport that the peer can use. */
  contact(channel: Pick<Channel, 'sentBy' | 'flow'>): string {
    return contactLine(this.data.localTag, channel, this.isSecure);
  }

  /** The next request of the dialog, addressed and numbered. */
  build(method: string, cseq: number, branch: string, channel: Channel, options: RequestOptions): RequestParts {
    const { data } = this;
    const { requestUri, routes } = addressing(data.remoteTarget, data.routeSet);
    const ends = method === 'BYE' || method === 'ACK';
    const standard: HeaderLine[] = [
      ['Via', viaLine(channel, branch)],
      ['Max-Forwards', String(options.maxForwards ?? 70)],
      ...routes,
      ['From', withTag(data.localParty, data.localTag)],
      ['To', withTag(data.remoteParty, data.remoteTag)],
      ['Call-ID', data.callId],
      ['CSeq', `${cseq} ${method}`],
    ];
    if (targetRefreshers.has(method)) standard.push(['Contact', this.contact(channel)]);
    standard.push(...this.auth.lines(method, requestUri, options.body?.content ?? noBytes));
    const given = this.#given(options, channel);
    standard.push(...given);
    addDefaults(standard, given, this.extraLines(method));
    if (!ends) addDefaults(standard, given, [['Allow', this.#core.capabilities.allow]]);
    addDefaults(standard, given, productLine('User-Agent', this.#core.config));
    return { method, uri: requestUri, headers: standard, body: options.body ?? null };
  }

  #given({ headers = [] }: RequestOptions, { flow }: Channel): readonly HeaderLine[] {
    return this.relays() ? withoutPrivate(headers, flow.trusted) : headers;
  }

  /**
   * Sends a request with the next CSeq. `onStarted` gets its transaction and number; a missing way
   * is reported as transport error.
   */
  send(
    method: string,
    options: RequestOptions,
    owner: ClientOwner,
    onStarted: (transaction: ClientTransaction, cseq: number) => void = () => {},
  ): void {
    this.#sendNumbered(null, method, options, owner, onStarted);
  }

  /** `number` is that of a request whose channel failed before anything was heard: it goes to the next address. */
  #sendNumbered(
    number: number | null,
    method: string,
    options: RequestOptions,
    owner: ClientOwner,
    onStarted: (transaction: ClientTransaction, cseq: number) => void,
  ): void {
    this.route.use(addressing(this.data.remoteTarget, this.data.routeSet).hopUri, (channel) => {
      if (channel === null) {
        owner.onTransportError();
        return;
      }
      const cseq = number ?? this.data.localCseq + 1;
      if (number === null) this.data = { ...this.data, localCseq: cseq };
      const branch = this.#core.newBranch();
      const request = this.build(method, cseq, branch, channel, options);
      let heard = false;
      const failingOver: ClientOwner = {
        onResponse: (response) => {
          heard = true;
          owner.onResponse(response);
        },
        accepts: (response) => owner.accepts?.(response) ?? true,
        onTimeout: () => owner.onTimeout(),
        onTransportError: () => {
          if (!heard && this.route.failed(channel)) this.#sendNumbered(cseq, method, options, owner, onStarted);
          else owner.onTransportError();
        },
      };
      sendRequest(this.#core, request, branch, channel, failingOver, {
        onStarted: (transaction) => onStarted(transaction, cseq),
      });
    });
  }

  /**
   * The ACK of a 2xx to the INVITE `cseq` (13.2.2.4): a request of its own with a new branch; "the
   * sequence number of the CSeq header field MUST be the same as the INVITE being acknowledged, but
   * the CSeq method MUST be ACK", with the INVITE's credentials.
   */
  acknowledge(cseq: number, body: SipBody | null): void {
    this.#ack = { cseq, body };
    this.repeatAck(cseq);
  }

  /** "The ACK MUST be passed to the client transport every time a retransmission of the 2xx … arrives". */
  repeatAck(cseq: number): boolean {
    const ack = this.#ack;
    if (ack === null || ack.cseq !== cseq) return false;
    this.route.use(addressing(this.data.remoteTarget, this.data.routeSet).hopUri, (channel) => {
      if (channel === null) return;
      const options = ack.body === null ? {} : { body: ack.body };
      channel.send(buildRequest(this.build('ACK', cseq, this.#core.newBranch(), channel, options)));
    });
    return true;
  }

  /** BYE whose outcome nobody waits for, but for `onDone`. */
  bye(headers: readonly HeaderLine[], onDone: () => void): void {
    const attempt = (attempts: number): void => {
      this.send(
        'BYE',
        { headers },
        {
          onResponse: (response) => {
            if (response.status < 200) return;
            if (this.auth.accept(response, attempts)) attempt(attempts + 1);
            else onDone();
          },
          onTimeout: onDone,
          onTransportError: onDone,
        },
      );
    };
    attempt(0);
  }

  /** The flow that the dialog began on. */
  get flow(): Flow {
    return this.route.flow;
  }
}

/**
 * `<sip:tag@host:port;transport=tcp>`: the transport is named wherever it is not UDP, `ws` for both kinds of
 * WebSocket (RFC 7118 5.2). `secure`: `<sips:tag@host:port>`, which means TLS by itself.
 */
export function contactLine(user: string, { sentBy, flow }: Pick<Channel, 'sentBy' | 'flow'>, secure = false): string {
  const { transport } = flow;
  const named = transport === 'ws' || transport === 'wss' ? 'ws' : transport;
  const isImplied = transport === 'udp' || (secure && transport === 'tls');
  return `<${secure ? 'sips' : 'sip'}:${user}@${sentBy}${isImplied ? '' : `;transport=${named}`}>`;
}

/**
 * "If the Request-URI or top Route header field value contains a SIPS URI, the Contact header field MUST contain
 * a SIPS URI as well" (RFC 3261 8.1.1.8), and so for the UAS (12.1.1).
 */
function isSecure({ remoteTarget, routeSet }: Pick<DialogData, 'remoteTarget' | 'routeSet'>): boolean {
  return /^<?sips:/i.test(routeSet[0]?.replace(/^[^<]*(?=<)/, '') ?? remoteTarget) || /^sips:/i.test(remoteTarget);
}
