/** Calls, applications, rooms, routing, and the built-in functions about them. */
export * from './config.ts';
export * from './types.ts';
