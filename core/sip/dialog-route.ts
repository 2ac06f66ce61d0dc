/**
 * The way of a dialog's requests to the next hop. Resolved once and kept until the hop changes or
 * its connection is lost; what is sent meanwhile waits in order, so that a BYE never overtakes an ACK.
 */
import type { Endpoint } from '../runtime/index.ts';
import type { Channel, Hop } from './flow.ts';
import type { SipCore } from './sip-core.ts';
import { findTargets, type NoTarget, TargetList } from './target-list.ts';
import type { Flow } from './types.ts';
import { parseUri } from './uri.ts';

type Found = TargetList | NoTarget;

export class DialogRoute {
  readonly #core: SipCore;
  /** The flow of the INVITE: a stream that the dialog came on is used both ways. */
  flow: Flow;
  /** Name of the listener that its requests leave from; null: the one that fits. */
  listener: string | null = null;
  /** Judges each address that the host of `uri` resolves to; null: all will do. */
  admitTarget: ((target: Endpoint, uri: string) => boolean) | null = null;
  #channel: Channel | null = null;
  #channelUri = '';
  /** Of `#channelUri`: what is left to try when a channel fails. */
  #targets: TargetList | null = null;
  #waiting: (() => void)[] = [];
  #resolving = false;

  constructor(core: SipCore, flow: Flow) {
    this.#core = core;
    this.flow = flow;
  }

  /** Runs `run` with a channel towards the host of `uri`, or with null when there is none. */
  use(uri: string, run: (channel: Channel | null) => void): void {
    if (this.#resolving) {
      this.#waiting.push(() => this.use(uri, run));
      return;
    }
    if (this.#channel !== null && this.#channelUri === uri && this.#isUsable(this.#channel)) {
      run(this.#channel);
      return;
    }
    // A lost connection, another place: from the first address on.
    if (this.#channel !== null || this.#channelUri !== uri || this.#targets?.hasMore === false) this.#targets = null;
    this.#channelUri = uri;
    const targets = this.#targets ?? this.#find(uri);
    // A peer that we know by its address is reached at once, without a wait for anybody.
    this.#channel = targets instanceof TargetList ? targets.takeOpen((hop) => this.#own(uri, hop)) : null;
    this.#targets = targets instanceof TargetList ? targets : null;
    if (this.#channel === null) this.#resolve(uri, targets, run);
    else run(this.#channel);
  }

  /** A request could not be sent on `channel`. True: `use` will try the next address of the same place. */
  failed(channel: Channel): boolean {
    if (this.#channel !== channel) return this.#channel !== null;
    this.#channel = null;
    return this.#targets?.hasMore ?? false;
  }

  /**
   * The peer refreshed the target on `flow`. A WebSocket client that lost its connection is reached on the one that
   * it opened instead, and nowhere else.
   */
  follow(flow: Flow): void {
    if (!isWebSocket(flow) || flow.connectionId === this.flow.connectionId) return;
    this.flow = flow;
    this.#channel = null;
    this.#targets = null;
  }

  #isUsable(channel: Channel): boolean {
    return !channel.reliable || this.#core.transports.answerChannel(channel.flow) !== null;
  }

  #resolve(uri: string, targets: Found | Promise<Found>, run: (channel: Channel | null) => void): void {
    this.#resolving = true;
    void this.#connect(uri, targets).then((channel) => {
      this.#resolving = false;
      this.#channel = channel;
      run(channel);
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const next of waiting) next();
    });
  }

  async #connect(uri: string, targets: Found | Promise<Found>): Promise<Channel | null> {
    const found = await targets;
    if (!(found instanceof TargetList)) {
      this.#core.log.debug('a dialog has no way to its peer', { uri, fault: found.reason });
      return this.#lastResort(uri);
    }
    this.#targets = found;
    return (await found.connectNext((hop) => this.#own(uri, hop))) ?? this.#lastResort(uri);
  }

  #find(uri: string): Found | Promise<Found> {
    // A WebSocket client has no address of its own (its Contact is at `.invalid`, RFC 7118 5): its connection or nothing.
    if (isWebSocket(this.flow)) return nowhere;
    const { config } = this.#core;
    const { admitTarget } = this;
    return findTargets(this.#core, {
      nextHop: config.nextHopInDialogs ? config.nextHop : null,
      hopUri: uri,
      inDialog: true,
      listener: this.listener,
      admitTarget: admitTarget === null ? null : (target) => admitTarget(target, uri),
    });
  }

  /** What cannot be reached by its name or address (a WebSocket client, a phone behind NAT) has the connection that it opened. */
  #lastResort(uri: string): Channel | null {
    const { transport } = this.flow;
    // What is to go by TLS goes by nothing less.
    if (transport === 'udp' || (transport === 'tcp' && /^sips:|;transport=tls\b/i.test(uri))) return null;
    return this.#core.transports.channelOf(this.flow);
  }

  /**
   * The INVITE's own socket or connection, when it leads to the same host: phones behind NAT can be
   * reached over TCP in no other way, and many leave `transport=tcp` out of their Contact.
   */
  #own(uri: string, hop: Hop): Channel | null {
    const { flow } = this;
    if (hop.address !== flow.remote.address) return null;
    const { transports } = this.#core;
    if (flow.transport === 'udp') {
      if (hop.transport !== 'udp') return null;
      // From the listener that the dialog came on.
      return transports.channelOf(hop.port === flow.remote.port ? flow : { ...flow, remote: endpointOf(hop) });
    }
    if (hop.transport === 'tls' && flow.transport !== 'tls') return null;
    if (hop.transport === 'udp' && parseUri(uri)?.parameters.get('transport')?.toLowerCase() === 'udp') return null;
    return transports.channelOf(flow);
  }
}

const isWebSocket = ({ transport }: Flow): boolean => transport === 'ws' || transport === 'wss';

function endpointOf({ address, port }: Hop): Endpoint {
  return { address, port };
}

const nowhere: NoTarget = { status: 478, reason: 'the connection of a WebSocket client is closed' };
