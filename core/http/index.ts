/** The one HTTP listener, and bounds for outgoing HTTP. */
export * from './client.ts';
export * from './client-socket.ts';
export * from './http-client.ts';
export type { HttpExchange, HttpWire } from './http-wire.ts';
export * from './listener.ts';
export * from './outgoing-config.ts';
export { createOutgoingGuard, isPublic, type OutgoingGuard } from './outgoing-guard.ts';
export * from './sim-web.ts';
export { createSourceCount, type SourceCount } from './source-count.ts';
export * from './types.ts';
