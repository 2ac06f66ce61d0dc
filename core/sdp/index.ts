/** Session descriptions: parse, print, offer and answer, as pure functions over plain data. */
export * from './types.ts';
