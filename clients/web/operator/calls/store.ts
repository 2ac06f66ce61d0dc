/** The live calls as a signal, while somebody looks. */
import { signal } from '@preact/signals';
import { bus, sentenceOf } from '../../bus/index.ts';
import { after, every, unixMs } from '../../shell/index.ts';
import { type CallRow, LiveCalls } from './live-calls.ts';

export interface CallsShown {
  readonly rows: readonly CallRow[];
  /** False until the server was asked. */
  readonly known: boolean;
  /** Why it could not be asked; empty: it could. */
  readonly fault: string;
}

/** Not `call.*`: how each of thousands sounds is of no use here. */
const told = ['call.started', 'call.ringing', 'call.answered', 'call.linked', 'call.ended'] as const;
const mostCalls = 100_000;
/** Events of so many ms are shown together. */
const gatherMs = 150;

const live = new LiveCalls();
export const calls = signal<CallsShown>({ rows: [], known: false, fault: '' });
/** For durations: Unix time, a step a second. */
export const now = signal(unixMs());

let watchers = 0;
let stop = (): void => {};

/** Keeps the calls up until the result is called. */
export function watchCalls(): () => void {
  if (watchers++ === 0) stop = start();
  return () => {
    if (--watchers === 0) stop();
  };
}

/** The list shows it as ending until its event comes. */
export function showEnding(tag: string): void {
  live.ending(tag);
  show();
}

function start(): () => void {
  let cancel: (() => void) | null = null;
  const soon = (): void => {
    cancel ??= after(gatherMs, () => {
      cancel = null;
      show();
    });
  };
  const ask = (): void => {
    bus.call('call.list', { limit: mostCalls }).then(
      (list) => {
        live.replace(list);
        show();
      },
      (fault: unknown) => {
        calls.value = { ...calls.value, fault: sentenceOf(fault) };
      },
    );
  };
  // Heard from before the list is asked for: nothing falls between.
  const stops = told.map((name) => bus.subscribe(name, null, (event) => void (live.apply(event) && soon()), ask));
  const offOpen = bus.onOpen(ask);
  const offTick = every(1000, () => {
    now.value = unixMs();
  });
  now.value = unixMs();
  return () => {
    for (const stopOne of stops) stopOne();
    offOpen();
    offTick();
    cancel?.();
  };
}

function show(): void {
  calls.value = { rows: live.rows(), known: true, fault: '' };
}
