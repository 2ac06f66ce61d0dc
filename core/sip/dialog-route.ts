/**
 * The way of a dialog's requests to the next hop. Resolved once and kept until the hop changes or
 * its connection is lost; what is sent meanwhile waits in order, so that a BYE never overtakes an ACK.
 */
import type { Channel, Hop } from './flow.ts';
import type { SipCore } from './sip-core.ts';
import { findTargets, TargetList } from './target-list.ts';
import type { Flow } from './types.ts';
import { parseUri } from './uri.ts';

export class DialogRoute {
  readonly #core: SipCore;
  /** The flow of the INVITE: a stream that the dialog came on is used both ways. */
  flow: Flow;
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
    if (this.#channel !== null) this.#targets = null;
    this.#resolving = true;
    void this.#resolve(uri).then((channel) => {
      this.#resolving = false;
      this.#channel = channel;
      this.#channelUri = uri;
      run(channel);
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const next of waiting) next();
    });
  }

  /** A request could not be sent on `channel`. True: `use` will try the next address of the same place. */
  failed(channel: Channel): boolean {
    if (this.#channel !== channel) return this.#channel !== null;
    this.#channel = null;
    return this.#targets?.hasMore ?? false;
  }

  #isUsable(channel: Channel): boolean {
    return !channel.reliable || this.#core.transports.answerChannel(channel.flow) !== null;
  }

  async #resolve(uri: string): Promise<Channel | null> {
    // A WebSocket client has no address of its own (its Contact is at `.invalid`, RFC 7118 5): its connection or nothing.
    if (this.flow.transport === 'ws' || this.flow.transport === 'wss') return this.#lastResort();
    const more = this.#channelUri === uri && this.#targets?.hasMore === true;
    if (!more) this.#targets = await this.#find(uri);
    const channel = (await this.#targets?.connectNext((hop) => this.#ownStream(uri, hop))) ?? null;
    return channel ?? this.#lastResort();
  }

  async #find(uri: string): Promise<TargetList | null> {
    const { config, log } = this.#core;
    const nextHop = config.nextHopInDialogs ? config.nextHop : null;
    const found = await findTargets(this.#core, {
      nextHop,
      hopUri: uri,
      inDialog: true,
      listener: null,
      admitTarget: null,
    });
    if (found instanceof TargetList) return found;
    log.debug('a dialog has no way to its peer', { uri, fault: found.reason });
    return null;
  }

  /** What cannot be reached by its name or address (a WebSocket client, a phone behind NAT) has the connection that it opened. */
  #lastResort(): Channel | null {
    return this.flow.transport === 'udp' ? null : this.#core.transports.answerChannel(this.flow);
  }

  /**
   * The INVITE's own connection, when it leads to the same host: phones behind NAT can be reached
   * in no other way, and many leave `transport=tcp` out of their Contact.
   */
  #ownStream(uri: string, hop: Hop): Channel | null {
    if (this.flow.transport === 'udp' || hop.address !== this.flow.remote.address) return null;
    if (parseUri(uri)?.parameters.get('transport')?.toLowerCase() === 'udp') return null;
    // What is to go by TLS goes by nothing less.
    if (hop.transport === 'tls' && this.flow.transport !== 'tls') return null;
    return this.#core.transports.answerChannel(this.flow);
  }
}
