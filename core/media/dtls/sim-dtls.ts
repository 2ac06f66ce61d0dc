/**
 * DTLS without threads and cryptography, for simulated time: two ends of this kind agree on keys by packets
 * that begin as DTLS records do, are lost and sent again as theirs are, and check the same fingerprints.
 *
 *     active                        passive
 *     hello(random, fingerprint) ─▶
 *                                ◀─ hello(random, fingerprint); keys
 *     keys
 */
import { createHash } from 'node:crypto';
import type { Seams, Timer } from '../../runtime/index.ts';
import type { Fingerprint, SrtpParameters } from '../../sdp/types.ts';
import { contentTypes, readRecords, writeRecord } from './records.ts';
import type { DtlsEngineSettings } from './thread-engine.ts';
import type { DtlsAssociation, DtlsEngine, DtlsOptions } from './types.ts';

const randomBytes = 32;
/** RFC 6347 4.2.4.1: doubled each time. */
const firstRetryMs = 1000;

/** Its randomness is the seam's: the same seed gives the same keys. */
export function createSimDtls(
  { clock, random }: Pick<Seams, 'clock' | 'random'>,
  { timeoutMs = 15_000, maxHandshakes = 500 }: DtlsEngineSettings = {},
): DtlsEngine {
  let fingerprint: Fingerprint | null = null;
  const open = new Set<SimAssociation>();
  const own = (): Fingerprint => {
    const hex = Buffer.from(random.secure(32)).toString('hex').toUpperCase();
    fingerprint ??= { algorithm: 'sha-256', value: (hex.match(/../g) ?? []).join(':') };
    return fingerprint;
  };
  return {
    fingerprint: async () => own(),
    prepare: () => {},
    open(options) {
      const shaking = [...open].filter((each) => !each.hasKeys).length;
      const association = new SimAssociation(
        {
          ...options,
          onEnd(detail) {
            open.delete(association);
            options.onEnd(detail);
          },
        },
        { clock, own: own(), random: random.secure(randomBytes), timeoutMs },
      );
      open.add(association);
      association.start(
        shaking >= maxHandshakes ? `${shaking} DTLS handshakes are under way, more are not begun` : null,
      );
      return {
        receive: (packet) => association.receive(packet),
        close() {
          open.delete(association);
          association.close();
        },
      };
    },
    async stop() {
      for (const association of open) association.close();
      open.clear();
    },
  };
}

interface SimEnd {
  readonly clock: Seams['clock'];
  readonly own: Fingerprint;
  readonly random: Uint8Array;
  readonly timeoutMs: number;
}

class SimAssociation implements DtlsAssociation {
  readonly #options: DtlsOptions;
  readonly #end: SimEnd;
  #deadline: Timer | null = null;
  #retry: Timer | null = null;
  #closed = false;
  hasKeys = false;

  constructor(options: DtlsOptions, end: SimEnd) {
    this.#options = options;
    this.#end = end;
  }

  start(refusal: string | null): void {
    const { clock, timeoutMs } = this.#end;
    if (refusal !== null) {
      this.#deadline = clock.after(0, () => this.#fail(refusal));
      return;
    }
    const detail = `no DTLS handshake within ${timeoutMs} ms`;
    this.#deadline = clock.after(timeoutMs, () => this.#fail(detail));
    // Never before `open` has returned.
    if (this.#options.setup === 'active') this.#retry = clock.after(0, () => this.#sayAgain(firstRetryMs));
  }

  receive(packet: Uint8Array): void {
    for (const { contentType, fragment } of readRecords(packet)) {
      if (this.#closed) return;
      if (contentType === contentTypes.alert && this.hasKeys) this.#fail('the peer closed DTLS');
      if (contentType === contentTypes.handshake) this.#hear(fragment);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#free();
    if (!this.hasKeys) return;
    this.#options.send(
      writeRecord({ contentType: contentTypes.alert, epoch: 1, sequence: 1, fragment: Buffer.of(1, 0) }),
    );
  }

  #hear(hello: Buffer): void {
    if (hello.length <= randomBytes) return;
    const { setup, fingerprints } = this.#options;
    const [algorithm, value = ''] = hello.subarray(randomBytes).toString('latin1').split(' ');
    if (!fingerprints.some((each) => each.algorithm === algorithm && each.value.toUpperCase() === value)) {
      this.#fail('the certificate of the peer has another fingerprint than its description says');
      return;
    }
    if (setup === 'passive') this.#sayHello();
    if (this.hasKeys) return;
    this.hasKeys = true;
    this.#deadline?.cancel();
    this.#retry?.cancel();
    this.#options.onKeys(this.#keys(hello.subarray(0, randomBytes)));
  }

  #keys(theirs: Uint8Array): SrtpParameters {
    const ours = this.#end.random;
    const [client, server] = this.#options.setup === 'active' ? [ours, theirs] : [theirs, ours];
    const of = (side: 'client' | 'server'): string =>
      createHash('sha256').update(side).update(client).update(server).digest().subarray(0, 28).toString('base64');
    const [mine, other] =
      this.#options.setup === 'active' ? (['client', 'server'] as const) : (['server', 'client'] as const);
    return { suite: 'AEAD_AES_128_GCM', sendKey: of(mine), receiveKey: of(other) };
  }

  #sayAgain(afterMs: number): void {
    this.#sayHello();
    this.#retry = this.#end.clock.after(afterMs, () => this.#sayAgain(afterMs * 2));
  }

  #sayHello(): void {
    const { random, own } = this.#end;
    const fragment = Buffer.concat([random, Buffer.from(`${own.algorithm} ${own.value}`)]);
    this.#options.send(writeRecord({ contentType: contentTypes.handshake, epoch: 0, sequence: 0, fragment }));
  }

  #fail(detail: string): void {
    this.#free();
    this.#options.onEnd(detail);
  }

  #free(): void {
    this.#closed = true;
    this.#deadline?.cancel();
    this.#retry?.cancel();
  }
}
