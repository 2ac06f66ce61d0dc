/** An engine in this thread: for simulated time, and where threads are not wanted. Loaded only then. */
import type { Clock, Files, PacketIo, Random } from '../runtime/index.ts';
import { BaseLink, type EngineLink, type LinkEvents } from './engine-link.ts';
import { MediaEngine } from './worker/engine.ts';
import type { Command } from './worker/protocol.ts';
import type { CodecRecord, FormatRecord } from './worker/records.ts';
import { Ticker } from './worker/ticker.ts';

export interface LocalEngineOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly files: Files;
  readonly packetIo: PacketIo;
  readonly openRelayIo: () => PacketIo;
  readonly ports: readonly [number, number];
  readonly codecs: readonly CodecRecord[];
  readonly formats: readonly FormatRecord[];
  readonly recordingFormat: string;
}

class LocalLink extends BaseLink {
  readonly #engine: MediaEngine;
  readonly #ticker: Ticker;

  constructor(options: LocalEngineOptions, events: LinkEvents) {
    super(0, events);
    // Events never come back inside the call that caused them, as with a thread.
    this.#engine = new MediaEngine({
      ...options,
      post: (posted) => queueMicrotask(() => this.receive(posted)),
    });
    this.#ticker = new Ticker(options.clock, (latenessMs) => this.#engine.tick(latenessMs));
  }

  send(command: Command): void {
    if (this.dead) return;
    this.#engine.handle(command);
    this.#ticker.wake();
  }

  async stop(): Promise<void> {
    this.#ticker.cancel();
    await this.request({ kind: 'stop' });
    this.dead = true;
  }
}

/** Runs the engine in this thread, on this clock. */
export function startLocalLink(options: LocalEngineOptions, events: LinkEvents): EngineLink {
  return new LocalLink(options, events);
}
