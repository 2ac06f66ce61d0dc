/** Where states stand in a picture: in rows, by how many transitions lead to them from the initial state. */
import type { Drawing } from './drawn-edges.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  /** In order of the drawing's states. */
  readonly boxes: readonly Box[];
  readonly width: number;
  readonly height: number;
}

export interface LayoutSizes {
  readonly characterWidth: number;
  readonly boxHeight: number;
  readonly gap: number;
  readonly rowGap: number;
  readonly margin: number;
}

/** How often rows are put in the order of their neighbours. */
const rounds = 4;

export function layOut(drawing: Drawing, sizes: LayoutSizes): Layout {
  const rows = ordered(rowsOf(drawing), drawing);
  const widths = drawing.states.map(({ name }) => Math.max(80, Math.min(name.length, 40) * sizes.characterWidth + 24));
  const rowWidths = rows.map((row) => row.reduce((sum, state) => sum + (widths[state] ?? 0) + sizes.gap, -sizes.gap));
  const widest = Math.max(0, ...rowWidths);
  const boxes: Box[] = drawing.states.map(() => ({ x: 0, y: 0, width: 0, height: 0 }));
  for (const [level, row] of rows.entries()) {
    let x = sizes.margin + (widest - (rowWidths[level] ?? 0)) / 2;
    const y = sizes.margin + level * (sizes.boxHeight + sizes.rowGap);
    for (const state of row) {
      const width = widths[state] ?? 0;
      boxes[state] = { x, y, width, height: sizes.boxHeight };
      x += width + sizes.gap;
    }
  }
  const height = 2 * sizes.margin + rows.length * (sizes.boxHeight + sizes.rowGap) - sizes.rowGap;
  return { boxes, width: widest + 2 * sizes.margin, height: Math.max(height, 2 * sizes.margin) };
}

/** Breadth first from the initial state; what it does not reach comes below, from its own first state. */
function rowsOf({ states, edges }: Drawing): number[][] {
  const next = new Map<number, number[]>();
  for (const { from, to } of edges) {
    const list = next.get(from) ?? [];
    list.push(to);
    next.set(from, list);
  }
  const level = new Map<number, number>();
  const rows: number[][] = [];
  const starts = [states.findIndex(({ isInitial }) => isInitial), ...states.keys()].filter((index) => index >= 0);
  for (const start of starts) {
    if (level.has(start)) continue;
    const queue = [start];
    level.set(start, rows.length);
    for (const state of queue) {
      const at = level.get(state) ?? 0;
      const row = rows[at] ?? [];
      row.push(state);
      rows[at] = row;
      for (const to of next.get(state) ?? []) {
        if (level.has(to)) continue;
        level.set(to, at + 1);
        queue.push(to);
      }
    }
  }
  return withEndsLast(rows, next);
}

/** What nothing leaves stands at the bottom, where the ways lead. */
function withEndsLast(rows: number[][], next: ReadonlyMap<number, readonly number[]>): number[][] {
  const isEnd = (state: number): boolean => (next.get(state) ?? []).length === 0;
  const upper = rows.map((row) => row.filter((state) => !isEnd(state))).filter((row) => row.length > 0);
  const ends = rows.flatMap((row) => row.filter(isEnd));
  return upper.length === 0 || ends.length === 0 || ends.length > 12 ? rows : [...upper, ends];
}

/** Each row in the order of the middle of its neighbours in the row above: fewer arrows cross. */
function ordered(rows: number[][], { edges }: Drawing): number[][] {
  const neighbours = new Map<number, number[]>();
  for (const { from, to } of edges)
    for (const [one, other] of [[from, to] as const, [to, from] as const])
      neighbours.set(one, [...(neighbours.get(one) ?? []).slice(0, 50), other]);
  for (let round = 0; round < rounds; round++)
    for (let at = 1; at < rows.length; at++) {
      const above = new Map((rows[at - 1] ?? []).map((state, index) => [state, index]));
      const row = rows[at] ?? [];
      const middle = new Map(row.map((state, index) => [state, middleOf(neighbours.get(state) ?? [], above) ?? index]));
      row.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0));
    }
  return rows;
}

function middleOf(states: readonly number[], places: ReadonlyMap<number, number>): number | null {
  const found = states.flatMap((state) => places.get(state) ?? []);
  return found.length === 0 ? null : found.reduce((sum, place) => sum + place, 0) / found.length;
}
