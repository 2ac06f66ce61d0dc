import type { MediaPool, MediaRelay, RelayEvent, RelayLine } from '../media/index.ts';
import { type LegName, otherLeg } from './leg-hooks.ts';
import { describeLines, type RelayAddress, rewriteLines } from './relay-sdp.ts';

export interface RelayMediaOptions {
  readonly media: MediaPool;
  /** Our address towards the peer of each leg. */
  localAddress(leg: LegName): Promise<string>;
  /** `media.external`: goes into SDP instead of the bound address. */
  readonly external: string | null;
  /** Send to where packets come from. */
  readonly symmetric: boolean;
  /** A side fell silent that said it would send; or the media worker died. */
  onEvent(event: 'silent' | { readonly failed: string }): void;
}

/** The media relay of one coupled call: one relay line for each `m=` line that goes over UDP. */
export class RelayMedia {
  readonly #options: RelayMediaOptions;
  #relay: Promise<MediaRelay> | null = null;
  /** By index of the `m=` line. */
  readonly #lines: (RelayLine | undefined)[] = [];
  /** Sides of audio lines that say they send: `a` and the index. */
  readonly #senders = new Set<string>();
  /** By side and index: says again what was said last. */
  readonly #configured = new Map<string, () => void>();
  #closed = false;

  constructor(options: RelayMediaOptions) {
    this.#options = options;
  }

  /**
   * A description of the peer of `from` as the other leg gets it; packets to that peer go from now on
   * where it says. @throws CodedError `media.*`.
   */
  async carry(text: string, from: LegName): Promise<string> {
    const described = describeLines(text);
    const { external, symmetric } = this.#options;
    const addresses: (RelayAddress | null)[] = [];
    for (const [index, { raw, relayed, remote, sends }] of described.entries()) {
      const line = relayed ? await this.#line(index, raw) : this.#lines[index];
      if (sends) this.#senders.add(`${from}${index}`);
      else this.#senders.delete(`${from}${index}`);
      const configure = (): void => line?.configure(from, remote, { symmetric });
      this.#configured.set(`${from}${index}`, configure);
      configure();
      const ours = line?.[otherLeg(from)];
      addresses.push(
        relayed && ours !== undefined ? { address: external ?? ours.address, rtpPort: ours.rtpPort } : null,
      );
    }
    return rewriteLines(text, addresses);
  }

  /** Both sides should be heard from now on: what they were silent before does not count. */
  expectMedia(): void {
    for (const configure of this.#configured.values()) configure();
  }

  async close(): Promise<void> {
    this.#closed = true;
    const relay = await this.#relay?.catch(() => null);
    await relay?.close();
  }

  async #line(index: number, raw: boolean): Promise<RelayLine> {
    const known = this.#lines[index];
    if (known !== undefined) return known;
    this.#relay ??= this.#open();
    const line = await (await this.#relay).openLine(raw ? { transport: 'raw' } : {});
    this.#lines[index] = line;
    return line;
  }

  async #open(): Promise<MediaRelay> {
    const { media, localAddress, onEvent } = this.#options;
    const relay = await media.openRelay({
      localAddressA: await localAddress('a'),
      localAddressB: await localAddress('b'),
    });
    relay.onEvent = (event: RelayEvent) => {
      if (this.#closed) return;
      if (event.kind === 'failed') onEvent({ failed: event.detail });
      else if (event.kind === 'rtpTimeout') {
        const index = this.#lines.indexOf(event.line);
        if (this.#senders.has(`${event.side}${index}`)) onEvent('silent');
      }
    };
    return relay;
  }
}
