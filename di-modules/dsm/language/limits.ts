/** What a script may be at most; a file from outside cannot make the reader work without end. */
export interface ReadLimits {
  /** Characters of one file. */
  readonly fileCharacters: number;
  /** Characters of a file with all that it includes. */
  readonly totalCharacters: number;
  readonly includes: number;
  readonly includeDepth: number;
  readonly states: number;
  /** `if` and `for` in each other. */
  readonly nesting: number;
  /** Functions that call each other. */
  readonly functionDepth: number;
  /** Elements that calls of functions bring in, counted as often as they are called. */
  readonly inlinedElements: number;
  /** Faults that are told of one diagram. */
  readonly faults: number;
}

export const defaultLimits: ReadLimits = {
  fileCharacters: 1 << 20,
  totalCharacters: 4 << 20,
  includes: 256,
  includeDepth: 16,
  states: 10_000,
  nesting: 64,
  functionDepth: 32,
  inlinedElements: 200_000,
  faults: 100,
};
