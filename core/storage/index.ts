/** The storage seam and its embedded implementations. */
export * from './config.ts';
export * from './types.ts';
