/** ICE-lite of browser legs, for the media worker. */
export { IceAgent, type IceHost, type IceState } from './agent.ts';
export { Budget } from './budget.ts';
export type { CandidatePair } from './candidate-pair.ts';
export { type IceCounts, newIceCounts } from './counts.ts';
export { integrityKey, isAuthentic } from './integrity.ts';
export { iceLimits } from './limits.ts';
export { packetKind, packetKindOf } from './packet-kind.ts';
export { iceStateOf } from './state.ts';
export { parseStun, StunMessage, stunLocalUfrag, stunType } from './stun-message.ts';
