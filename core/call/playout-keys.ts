/** SEMS's `playout_type` (applications 4.7) as our playout. */
import type { PlayoutOptions } from '../media/index.ts';
import { Type } from '../runtime/index.ts';

export const playoutTypes = ['adaptive_playout', 'adaptive_jb', 'simple'] as const;
export type SemsPlayout = (typeof playoutTypes)[number];

/** What SEMS's jitter buffer starts with. */
const jitterBufferStartMs = 80;

/** To be spread into a module's configuration. */
export const playoutKeys = {
  playout_type: Type.Union([Type.Literal('adaptive_playout'), Type.Literal('adaptive_jb'), Type.Literal('simple')], {
    default: 'adaptive_playout',
    description:
      'How received audio waits: adaptive_playout as media.playout says; adaptive_jb: 80 ms, fixed; simple: as short as can be.',
  }),
};

const playouts: { readonly [type in SemsPlayout]: Partial<PlayoutOptions> } = {
  adaptive_playout: {},
  adaptive_jb: { type: 'fixed', fixedMs: jitterBufferStartMs },
  simple: { type: 'simple' },
};

/** What differs from `media.playout…`. */
export const playoutOfType = (type: SemsPlayout): Partial<PlayoutOptions> => playouts[type];

/** The part of an application that its configuration decides. */
export const playoutOf = ({ playout_type }: { readonly playout_type: SemsPlayout }) => ({
  playout: playoutOfType(playout_type),
});
