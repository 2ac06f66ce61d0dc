/** The seams that tests replace, and what everything stands on. Imports nothing of ours. */
export * from './clock.ts';
export * from './counters.ts';
export * from './disposable.ts';
export * from './emitter.ts';
export * from './errors.ts';
export * from './files.ts';
export * from './log.ts';
export * from './network.ts';
export * from './packet-io.ts';
export * from './random.ts';
export * from './seams.ts';
export * from './threads.ts';
