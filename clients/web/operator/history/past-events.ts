/** The last events of some names: those that the server kept, then those that come. */
import { useEffect, useState } from 'preact/hooks';
import type { ServerEvent } from '../../../typescript/index.ts';
import { bus } from '../../bus/index.ts';
import { after, unixMs } from '../../shell/index.ts';

const gatherMs = 150;

/** The newest first, at most `most`; `minutes`: how far back it looks. */
export function usePastEvents(filter: string, minutes: number, most: number): readonly ServerEvent[] {
  const [events, setEvents] = useState<readonly ServerEvent[]>([]);
  useEffect(() => {
    let list: ServerEvent[] = [];
    let cancel: (() => void) | null = null;
    const begin = Math.floor(unixMs() - minutes * 60_000) * 1000;
    setEvents([]);
    const stop = bus.subscribe(
      filter as '*',
      null,
      (event) => {
        list = [event, ...list.slice(0, most - 1)];
        cancel ??= after(gatherMs, () => {
          cancel = null;
          setEvents(list);
        });
      },
      () => {},
      begin,
    );
    return () => {
      stop();
      cancel?.();
    };
  }, [filter, minutes, most]);
  return events;
}
