/** The public face of the engine, for modules and embedders. */
export * from './call/index.ts';
export * from './di/index.ts';
export * from './media/index.ts';
export * from './module.ts';
export * from './runtime/index.ts';
export * from './sdp/index.ts';
export type { HeaderLine, SipBody, SipRequest, SipResponse, SipUri } from './sip/index.ts';
