/** Which rows of a long list are in sight, so that only those are in the document. */
export interface RowWindow {
  readonly first: number;
  /** Not included. */
  readonly end: number;
  /** Heights of what is left out before and after, px. */
  readonly before: number;
  readonly after: number;
}

/** Rows beyond the edges, so that scrolling shows no holes. */
const spare = 8;

export function rowWindow(count: number, rowHeight: number, scrollTop: number, height: number): RowWindow {
  const first = Math.max(0, Math.min(count, Math.floor(scrollTop / rowHeight) - spare));
  const end = Math.max(first, Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + spare));
  return { first, end, before: first * rowHeight, after: (count - end) * rowHeight };
}
