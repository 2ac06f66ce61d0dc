/** The states of a call one after the other, as its events tell them. */
import type { CallEvent } from './call-data.ts';

export interface StateSpan {
  readonly state: string;
  readonly fromMs: number;
  readonly toMs: number;
}

const states: { readonly [event: string]: string } = {
  'call.started': 'new',
  'call.ringing': 'early',
  'call.answered': 'connected',
  'call.ended': 'ended',
};

/** From when its first message came (`fromMs`) up to `untilMs`; the end itself has no length. */
export function spansOf(
  events: readonly Pick<CallEvent, 'name' | 'atMs'>[],
  call: { readonly startedAtMs: number; readonly answeredAtMs?: number; readonly state: string } | null,
  fromMs: number,
  untilMs: number,
): readonly StateSpan[] {
  const told = events.flatMap(({ name, atMs }) => {
    const state = states[name];
    return state === undefined ? [] : [{ state, atMs }];
  });
  const steps = told.some(({ state }) => state === 'new') || call === null ? told : [...fromRow(call), ...told];
  const sorted = steps
    .toSorted((a, b) => a.atMs - b.atMs)
    .filter((step, i, all) => i === 0 || step.state !== all[i - 1]?.state);
  return sorted.flatMap(({ state, atMs }, i) =>
    state === 'ended'
      ? []
      : [{ state, fromMs: i === 0 ? Math.min(fromMs, atMs) : atMs, toMs: sorted[i + 1]?.atMs ?? untilMs }],
  );
}

/** Events that this caller may not see leave what the call itself says. */
function fromRow({ startedAtMs, answeredAtMs, state }: { startedAtMs: number; answeredAtMs?: number; state: string }) {
  const begin = { state: state === 'early' ? 'early' : 'new', atMs: startedAtMs };
  return answeredAtMs === undefined ? [begin] : [begin, { state: 'connected', atMs: answeredAtMs }];
}
