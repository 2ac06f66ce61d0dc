/**
 * Budgets for one message. Everything from outside is bounded before it is read: a message over
 * a budget is refused with the status given here, never truncated.
 */
export interface MessageLimits {
  /** Start line in bytes; 414 past it. */
  readonly startLineBytes: number;
  /** One header line with its folded continuation, in bytes; 400 past it. */
  readonly headerBytes: number;
  /** All header lines together, in bytes; 513 past it. */
  readonly headSectionBytes: number;
  /** Number of header lines; 400 past it. */
  readonly headerCount: number;
  /** Body in bytes; 513 past it. */
  readonly bodyBytes: number;
  /** Multipart bodies inside multipart bodies. */
  readonly multipartDepth: number;
  /** Parts of one multipart body. */
  readonly multipartParts: number;
}

export const defaultLimits: MessageLimits = {
  startLineBytes: 8192,
  headerBytes: 16384,
  headSectionBytes: 65535,
  headerCount: 256,
  bodyBytes: 65535,
  multipartDepth: 4,
  multipartParts: 32,
};
