/** Lines of a chart as SVG paths. */
import { type Axis, placeOf } from './axis.ts';

export interface Point {
  readonly atMs: number;
  /** Null: nothing is known, the line has a hole. */
  readonly value: number | null;
}

export interface Scale {
  readonly least: number;
  readonly most: number;
}

/** From 0 to a round number over the largest value. */
export function scaleOf(points: readonly Point[], atLeast: number): Scale {
  const largest = points.reduce((most, { value }) => Math.max(most, value ?? 0), atLeast);
  const power = 10 ** Math.floor(Math.log10(largest));
  const most = [1, 2, 5, 10].map((step) => step * power).find((step) => step >= largest) ?? largest;
  return { least: 0, most };
}

/** The way from the top at which a value is, 0 to 1. */
export const heightOf = ({ least, most }: Scale, value: number): number =>
  1 - Math.min(1, Math.max(0, (value - least) / (most - least)));

/** A path in a box of `width` by `height`; a point by itself is a short dash. */
export function pathOf(points: readonly Point[], axis: Axis, scale: Scale, width: number, height: number): string {
  const parts: string[] = [];
  let isOpen = false;
  for (const { atMs, value } of points) {
    if (value === null) {
      isOpen = false;
      continue;
    }
    const x = (placeOf(axis, atMs) * width).toFixed(1);
    const y = (heightOf(scale, value) * height).toFixed(1);
    parts.push(isOpen ? `L${x} ${y}` : `M${x} ${y}h0.01`);
    isOpen = true;
  }
  return parts.join('');
}
