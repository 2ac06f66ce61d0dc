/** A question to the bus as the state of a view: waiting, an answer, or why there is none. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { bus, sentenceOf } from '../bus/index.ts';

export interface Asked<Answer> {
  /** The last answer; null: none yet. */
  readonly answer: Answer | null;
  /** Why the last question had none; empty: it had. */
  readonly fault: string;
  /** Ask again. */
  readonly again: () => void;
}

/** Asks when it is shown, when `key` changes, and each time that the connection stands (again). Null: does not ask. */
export function useAsked<Answer>(question: (() => Promise<Answer>) | null, key: string): Asked<Answer> {
  const [state, setState] = useState<{ key: string; answer: Answer | null; fault: string }>({
    key,
    answer: null,
    fault: '',
  });
  const latest = useRef(question);
  latest.current = question;
  const turn = useRef(0);
  const again = useCallback(() => {
    const ask = latest.current;
    if (ask === null) return;
    const mine = ++turn.current;
    ask().then(
      (answer) => {
        if (mine === turn.current) setState({ key, answer, fault: '' });
      },
      (fault: unknown) => {
        // Without a connection the foot of the page says so; it is asked again when it stands.
        if (mine === turn.current && bus.state.value === 'open')
          setState((before) => ({ key, answer: before.key === key ? before.answer : null, fault: sentenceOf(fault) }));
      },
    );
  }, [key]);
  useEffect(() => {
    const stop = bus.onOpen(again);
    return () => {
      turn.current++;
      stop();
    };
  }, [again, question === null]);
  return state.key === key ? { answer: state.answer, fault: state.fault, again } : { answer: null, fault: '', again };
}

/** Runs at most once in `ms`, with the newest. */
export function useEvents(filter: string, match: Record<string, string> | null, listener: () => void): void {
  const latest = useRef(listener);
  latest.current = listener;
  const matchKey = JSON.stringify(match);
  useEffect(
    () =>
      bus.subscribe(
        filter as '*',
        match,
        () => latest.current(),
        () => latest.current(),
      ),
    [filter, matchKey],
  );
}
