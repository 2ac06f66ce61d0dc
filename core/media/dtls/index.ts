/** DTLS of browser legs (RFC 5764): the handshakes that give SRTP keys. */
import type { Seams } from '../../runtime/index.ts';
import { createSimDtls } from './sim-dtls.ts';
import { type DtlsEngineSettings, ThreadDtlsEngine } from './thread-engine.ts';
import type { DtlsEngine } from './types.ts';

export { hashOf } from './fingerprints.ts';
export { createSimDtls } from './sim-dtls.ts';
export type { DtlsEngineSettings } from './thread-engine.ts';
export type { DtlsAssociation, DtlsEngine, DtlsOptions } from './types.ts';

/** In simulated time, where there are no threads and no cryptography, the simulated form. */
export function createDtlsEngine(seams: Seams, settings: DtlsEngineSettings = {}): DtlsEngine {
  return seams.threads.simulated === true ? createSimDtls(seams, settings) : new ThreadDtlsEngine(seams, settings);
}
