/**
 * A handshake with ourselves, before the first browser's: what the engine compiles for it costs two thirds of the
 * first one, which nobody then waits for.
 */
import type { Fingerprint } from '../../sdp/types.ts';
import type { DtlsAssociation, DtlsOptions } from './types.ts';

/**
 * @param fingerprint of our certificate, which both ends have. @param onReady both have keys.
 * @returns what breaks it off, without a word: somebody real has come.
 */
export function rehearse(
  open: (options: DtlsOptions) => DtlsAssociation,
  fingerprint: Fingerprint,
  onReady: () => void,
): () => void {
  let keyed = 0;
  const ends: { active: DtlsAssociation | null; passive: DtlsAssociation | null } = { active: null, passive: null };
  const close = (): void => {
    const { active, passive } = ends;
    ends.active = ends.passive = null;
    active?.close();
    passive?.close();
  };
  const part = (setup: 'active' | 'passive'): DtlsAssociation =>
    open({
      setup,
      fingerprints: [fingerprint],
      send: (packet) => ends[setup === 'active' ? 'passive' : 'active']?.receive(packet),
      onKeys: () => {
        if (++keyed < 2) return;
        close();
        onReady();
      },
      onEnd: close,
    });
  ends.passive = part('passive');
  ends.active = part('active');
  return close;
}
