/** Main-thread face of the media engine. */
export * from './config.ts';
export * from './types.ts';
