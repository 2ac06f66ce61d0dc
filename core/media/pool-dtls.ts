/**
 * Browser legs on the main thread: each joins its stream in a media worker, which has ICE and the
 * socket, with a handshake of the `DtlsEngine`, which gives the keys.
 *
 *   worker ── iceSelected ──► association opens ── packets ──► dtlsSend ──► worker
 *          ── dtlsReceived ─► association        ── keys ─────► secure   ──► worker: audio flows
 */
import {
  type Clock,
  CodedError,
  dscpOf,
  Histogram,
  type Log,
  type PacketIo,
  type Random,
  type Seams,
  secureToken,
} from '../runtime/index.ts';
import type { Fingerprint, SrtpParameters, WebRtcParameters } from '../sdp/types.ts';
import { BrowserPort } from './browser-port.ts';
import type { MediaConfig } from './config.ts';
import { createDtlsEngine, type DtlsAssociation, type DtlsEngine } from './dtls/index.ts';
import type { EngineLink } from './engine-link.ts';
import type { StreamEvent, StreamWebRtc } from './types.ts';
import { browserStateOf } from './worker/browser-leg-state.ts';
import type {
  BrowserLegOptions,
  IceCommand,
  IceCredentials,
  IceEvent,
  StreamId,
  StreamSnapshot,
} from './worker/protocol.ts';

type FailReason = Extract<StreamEvent, { readonly kind: 'webRtcFailed' }>['reason'];

/** RFC 8445 5.3: at least 24 bits of randomness in the user name fragment, 128 in the password. */
const ufragBytes = 4;
const passwordBytes = 16;
const connectBoundsMs = [50, 100, 200, 400, 800, 1600, 3200, 6400, 12_800];

/** A browser leg whose stream is not open yet. */
export interface LegPlan {
  readonly webRtc: StreamWebRtc;
  readonly options: BrowserLegOptions;
  /** Of a stream that comes from a snapshot: what was agreed, and whether it has keys. */
  readonly agreed: WebRtcParameters | null;
  readonly keyed: boolean;
}

export interface LegHost {
  readonly stream: StreamId;
  send(command: IceCommand): void;
  emit(event: StreamEvent): void;
}

/** What all browser legs of a pool share. */
export class BrowserLegs {
  readonly #seams: Seams;
  readonly #config: MediaConfig;
  #engine: DtlsEngine | null;
  /** The one that all legs share; null: each has its own. */
  readonly port: BrowserPort | null;
  readonly #connectMs: Histogram;

  constructor(seams: Seams, config: MediaConfig, links: readonly EngineLink[], dtls: DtlsEngine | undefined) {
    this.#seams = seams;
    this.#config = config;
    this.#engine = dtls ?? null;
    const { browserPort } = config;
    const dscp = dscpOf(config.dscp, 'media.dscp', 'ef');
    const openIo = (): PacketIo => seams.packetIo({ dscp });
    this.port = browserPort === null ? null : new BrowserPort({ port: browserPort, openIo, links });
    this.#connectMs = new Histogram(
      seams.counters,
      'callbus_media_browser_connect_ms',
      'Browser legs: milliseconds from the answer until audio may flow.',
      connectBoundsMs,
    );
  }

  get clock(): Clock {
    return this.#seams.clock;
  }

  get log(): Log {
    return this.#seams.log;
  }

  get random(): Random {
    return this.#seams.random;
  }

  /** Made with the first browser leg. */
  get engine(): DtlsEngine {
    this.#engine ??= createDtlsEngine(this.#seams, { timeoutMs: this.#config.dtlsTimeoutMs });
    return this.#engine;
  }

  prepare(): void {
    this.engine.prepare();
  }

  connected(tookMs: number): void {
    this.#connectMs.add(tookMs);
  }

  failed(reason: FailReason): void {
    this.#seams.counters
      .counter('callbus_media_browser_failed_total', 'Browser legs that got no audio, or lost it, by what failed.')
      .add(1, { reason });
  }

  /** Opens the shared port, if there is one, where it will be used. @throws CodedError `port.taken`, `network.failed`. */
  async start(): Promise<void> {
    const { address } = this.#config;
    const addresses = address === 'auto' ? this.#seams.network.localAddresses() : [address];
    for (const one of addresses) {
      try {
        await this.port?.open(one);
      } catch (fault) {
        if (fault instanceof CodedError && fault.code === 'port.taken') throw fault;
        // An address that is not ready yet; with the first leg there it is tried again.
        this.log.warn('media.browserPort is not open on an address', { address: one, fault: String(fault) });
      }
    }
  }

  /**
   * For a new stream. @throws CodedError (rejects) `media.dtls`: there is no certificate; `port.taken`,
   * `network.failed`: `media.browserPort` cannot be opened on this address.
   */
  async plan(localAddress: string): Promise<LegPlan> {
    await this.port?.open(localAddress);
    const credentials = newCredentials(this.random);
    return this.#planOf(credentials, this.port?.port, null, false);
  }

  /** For a stream out of a snapshot; null: it is no browser leg. */
  async planOf(snapshot: StreamSnapshot): Promise<LegPlan | null> {
    const { options, parameters, state } = snapshot;
    if (options.webRtc === undefined) return null;
    const { port } = options.webRtc;
    if (port !== undefined && port !== this.port?.port) {
      throw new CodedError('media.failed', `the leg uses media.browserPort ${port}, which is not configured here`);
    }
    if (port !== undefined) await this.port?.open(snapshot.address);
    const agreed = parameters?.webRtc ?? null;
    const credentials = agreed === null ? options.webRtc : { ufrag: agreed.localUfrag, password: agreed.localPassword };
    return this.#planOf(credentials, port, agreed, (browserStateOf(state['browser'])?.keys ?? null) !== null);
  }

  async #planOf(
    { ufrag, password }: IceCredentials,
    port: number | undefined,
    agreed: WebRtcParameters | null,
    keyed: boolean,
  ): Promise<LegPlan> {
    const fingerprint = await this.engine.fingerprint();
    return {
      webRtc: { ufrag, password, fingerprint, onePort: port !== undefined, tcpPort: port ?? null },
      options: {
        ...{ ufrag, password, iceTimeoutMs: this.#config.iceTimeoutMs },
        ...(port === undefined ? {} : { port }),
      },
      ...{ agreed, keyed },
    };
  }

  async stop(): Promise<void> {
    await this.#engine?.stop();
  }
}

function newCredentials(random: Random): IceCredentials {
  return { ufrag: secureToken(random, ufragBytes), password: secureToken(random, passwordBytes) };
}

/** One browser leg. */
export class PoolBrowserLeg {
  webRtc: StreamWebRtc;
  readonly #legs: BrowserLegs;
  readonly #host: LegHost;
  #agreed: WebRtcParameters | null;
  #association: DtlsAssociation | null = null;
  #selected: boolean;
  #keyed: boolean;
  /** No more handshake under what was agreed: it ended. */
  #handshakeOver: boolean;
  #connected: boolean;
  #over = false;
  /** Since the first `configure`. */
  #sinceMs: number;

  constructor(legs: BrowserLegs, plan: LegPlan, host: LegHost) {
    this.#legs = legs;
    this.webRtc = plan.webRtc;
    this.#host = host;
    this.#agreed = plan.agreed;
    this.#keyed = plan.keyed;
    this.#handshakeOver = plan.keyed;
    this.#selected = plan.keyed;
    this.#connected = plan.keyed;
    this.#sinceMs = legs.clock.nowMs();
    if (plan.options.port !== undefined) legs.port?.addCredentials(host.stream, plan.options);
  }

  /** An offer and answer are done. Other fingerprints or another part in the handshake: a new one (RFC 8842 3.1). */
  configure(parameters: WebRtcParameters): void {
    const before = this.#agreed;
    this.#agreed = parameters;
    if (before === null) this.#sinceMs = this.#legs.clock.nowMs();
    if (before === null || isSameHandshake(before, parameters)) return;
    this.#association?.close();
    this.#association = null;
    this.#handshakeOver = false;
    if (this.#selected) this.#open();
  }

  /** New credentials, the same until they are agreed on. */
  async restart(): Promise<StreamWebRtc> {
    const isPending = this.#agreed !== null && this.#agreed.localUfrag !== this.webRtc.ufrag;
    if (!isPending) {
      const credentials = newCredentials(this.#legs.random);
      this.webRtc = { ...this.webRtc, ...credentials };
      this.#host.send({ kind: 'iceRestart', stream: this.#host.stream, credentials });
      this.#legs.port?.addCredentials(this.#host.stream, credentials);
      await this.#legs.port?.told();
    }
    return this.webRtc;
  }

  receive(event: IceEvent): void {
    if (this.#over) return;
    switch (event.kind) {
      case 'iceSelected':
        this.#selected = true;
        this.#legs.log.debug('the browser nominated an address', { ...event });
        this.#open();
        this.#tellConnected();
        break;
      case 'dtlsReceived':
        this.#open();
        this.#association?.receive(event.packet);
        break;
      case 'iceFailed':
        this.#fail(event.reason === 'consent' ? 'consent' : 'ice', event.detail);
        break;
      default: {
        const unknown: never = event;
        throw new CodedError('media.failed', `unknown event ${JSON.stringify(unknown)}`);
      }
    }
  }

  /** Begins the handshake, once the peer's fingerprints are known. */
  #open(): void {
    if (this.#association !== null || this.#handshakeOver || this.#agreed === null) return;
    const { setup, fingerprints } = this.#agreed;
    const { stream } = this.#host;
    // What it says while it opens is not to be lost, and what an old one says late not to be heard.
    const mine: { association: DtlsAssociation | null; ended: boolean } = { association: null, ended: false };
    const isMine = (): boolean => !mine.ended && (mine.association === null || this.#association === mine.association);
    mine.association = this.#legs.engine.open({
      ...{ setup, fingerprints },
      send: (packet) => {
        if (isMine()) this.#host.send({ kind: 'dtlsSend', stream, packet });
      },
      onKeys: (keys) => {
        if (isMine()) this.#secure(keys);
      },
      onEnd: (detail) => {
        if (!isMine()) return;
        mine.ended = true;
        this.#association = null;
        this.#handshakeOver = true;
        this.#fail('dtls', detail);
      },
    });
    if (!mine.ended) this.#association = mine.association;
  }

  #secure(srtp: SrtpParameters): void {
    this.#keyed = true;
    this.#host.send({ kind: 'secure', stream: this.#host.stream, srtp });
    this.#tellConnected();
  }

  #tellConnected(): void {
    if (this.#connected || !this.#selected || !this.#keyed) return;
    this.#connected = true;
    this.#legs.connected(this.#legs.clock.nowMs() - this.#sinceMs);
    this.#host.emit({ kind: 'webRtcConnected' });
  }

  #fail(reason: FailReason, detail: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#association?.close();
    this.#association = null;
    this.#legs.failed(reason);
    this.#legs.log.warn('a browser leg has no media', { stream: this.#host.stream, reason, detail });
    this.#host.emit({ kind: 'webRtcFailed', reason, detail });
  }

  /** Says goodbye, if there is anybody, and tells nothing more. */
  close(): void {
    this.#over = true;
    this.#legs.port?.forget(this.#host.stream);
    this.#association?.close();
    this.#association = null;
  }
}

function isSameHandshake(a: WebRtcParameters, b: WebRtcParameters): boolean {
  const told = (fingerprints: readonly Fingerprint[]): string =>
    JSON.stringify(fingerprints.map(({ algorithm, value }) => `${algorithm} ${value.toUpperCase()}`).sort());
  return a.setup === b.setup && told(a.fingerprints) === told(b.fingerprints);
}
