/** The one HTTP listener, and bounds for outgoing HTTP. */
export * from './client.ts';
export * from './http-client.ts';
export * from './listener.ts';
export { createSourceCount, type SourceCount } from './source-count.ts';
export * from './types.ts';
