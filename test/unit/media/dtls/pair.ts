/** Two ends of a DTLS handshake in this process, packets passed by hand. */

import { X509Certificate } from 'node:crypto';
import { hashOf } from '../../../../core/media/dtls/fingerprints.ts';
import { DtlsHandshake } from '../../../../core/media/dtls/handshake.ts';
import type { DtlsEnding, DtlsThreadStart } from '../../../../core/media/dtls/protocol.ts';
import { createSelfSigned, realRandom } from '../../../../core/runtime/index.ts';
import type { Fingerprint, SrtpParameters } from '../../../../core/sdp/types.ts';

export interface Identity extends DtlsThreadStart {
  readonly fingerprint: Fingerprint;
}

export async function identity(): Promise<Identity> {
  const dates = { fromMs: Date.UTC(2026, 0, 1), untilMs: Date.UTC(2060, 0, 1) };
  const made = await createSelfSigned({ commonName: 'test', hosts: [], ...dates }, realRandom());
  const value = hashOf(new X509Certificate(made.certificate).raw, 'sha-256');
  return { certificate: made.certificate, key: made.key, fingerprint: { algorithm: 'sha-256', value } };
}

export interface Outcome {
  readonly keys: SrtpParameters | null;
  readonly farewell: Uint8Array | null;
  readonly ending: DtlsEnding | null;
  readonly detail: string;
}

export interface End {
  readonly handshake: DtlsHandshake;
  /** What it sent, and nobody has taken. */
  readonly sent: Uint8Array[];
  /** With keys, or at its end: whichever is first. */
  readonly outcome: Promise<Outcome>;
  /** At its end. */
  readonly end: Promise<Outcome>;
}

export function end(
  setup: 'active' | 'passive',
  credentials: DtlsThreadStart,
  fingerprints: readonly Fingerprint[],
  change: (packet: Uint8Array) => readonly Uint8Array[] = (packet) => [packet],
): End {
  const sent: Uint8Array[] = [];
  const first = deferred();
  const last = deferred();
  const handshake = new DtlsHandshake({
    credentials,
    setup,
    fingerprints,
    send: (packet) => sent.push(...change(Uint8Array.from(packet))),
    onKeys: (keys, farewell) => first.resolve({ keys, farewell, ending: null, detail: '' }),
    onEnd(ending, detail) {
      const outcome = { keys: null, farewell: null, ending, detail };
      first.resolve(outcome);
      last.resolve(outcome);
    },
  });
  return { handshake, sent, outcome: first.promise, end: last.promise };
}

/** Carries packets until both have an outcome. */
export async function shake(a: End, b: End): Promise<readonly [Outcome, Outcome]> {
  let settled = false;
  const both = Promise.all([a.outcome, b.outcome]).finally(() => {
    settled = true;
  });
  a.handshake.start();
  b.handshake.start();
  while (!settled) {
    for (const packet of a.sent.splice(0)) b.handshake.receive(packet);
    for (const packet of b.sent.splice(0)) a.handshake.receive(packet);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return both;
}

function deferred(): { readonly promise: Promise<Outcome>; readonly resolve: (outcome: Outcome) => void } {
  let settle: (outcome: Outcome) => void = () => {};
  const promise = new Promise<Outcome>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: (outcome) => settle(outcome) };
}
