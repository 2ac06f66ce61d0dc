/** The one HTTP listener, and bounds for outgoing HTTP. */
export * from './bounded-agent.ts';
export * from './listener.ts';
export * from './types.ts';
