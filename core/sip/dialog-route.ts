/**
 * The way of a dialog's requests to the next hop. Resolved once and kept until the hop changes or
 * its connection is lost; what is sent meanwhile waits in order, so that a BYE never overtakes an ACK.
 */
import type { Channel, Hop } from './flow.ts';
import type { SipCore } from './sip-core.ts';
import { resolveTarget } from './target.ts';
import type { Flow } from './types.ts';
import { parseUri } from './uri.ts';

export class DialogRoute {
  readonly #core: SipCore;
  /** The flow of the INVITE: a stream that the dialog came on is used both ways. */
  flow: Flow;
  #channel: Channel | null = null;
  #channelUri = '';
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

  #isUsable(channel: Channel): boolean {
    return !channel.reliable || this.#core.transports.answerChannel(channel.flow) !== null;
  }

  async #resolve(uri: string): Promise<Channel | null> {
    try {
      for (const hop of await resolveTarget(uri, null, this.#core.seams.dns)) {
        const channel = this.#ownStream(uri, hop) ?? (await this.#connect(hop));
        if (channel !== null) return channel;
      }
    } catch (fault) {
      this.#core.log.debug('a dialog has no way to its peer', { uri, fault: String(fault) });
    }
    return null;
  }

  async #connect(hop: Hop): Promise<Channel | null> {
    try {
      return await this.#core.transports.connect(hop);
    } catch {
      return null;
    }
  }

  /**
   * The INVITE's own connection, when it leads to the same host: phones behind NAT can be reached
   * in no other way, and many leave `transport=tcp` out of their Contact.
   */
  #ownStream(uri: string, hop: Hop): Channel | null {
    if (this.flow.transport === 'udp' || hop.address !== this.flow.remote.address) return null;
    if (parseUri(uri)?.parameters.get('transport')?.toLowerCase() === 'udp') return null;
    return this.#core.transports.answerChannel(this.flow);
  }
}
