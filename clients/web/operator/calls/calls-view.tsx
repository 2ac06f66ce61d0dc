import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Card } from '../../shell/index.ts';
import { countText } from '../text.ts';
import { useThrottled } from '../throttled.ts';
import { CallFilters } from './call-filters.tsx';
import { CallTable } from './call-table.tsx';
import { filterCalls, isFiltering, noFilter } from './filter.ts';
import { calls, now, watchCalls } from './store.ts';

/** Kept while one looks at a call and comes back. */
const filter = signal(noFilter);

/** The live calls: filters, how many, the list. */
export function CallsView() {
  useEffect(watchCalls, []);
  const { rows, known, fault } = calls.value;
  // Without a least length a second changes nothing of what is shown.
  const atMs = filter.value.seconds === 0 ? 0 : now.value;
  const shown = [...filterCalls(rows, filter.value, atMs)].reverse();
  const count = isFiltering(filter.value)
    ? `${shown.length.toLocaleString()} of ${countText(rows.length, 'call')}`
    : countText(rows.length, 'call');
  const told = useThrottled(count, 10_000);
  return (
    <Card class="flush">
      <CallFilters
        filter={filter.value}
        rows={rows}
        onChange={(next) => {
          filter.value = next;
        }}
      />
      <p class="count">{count}</p>
      <p class="unseen" role="status">
        {told}
      </p>
      {fault === '' ? null : <p class="notice bad">{fault}</p>}
      {shown.length > 0 ? <CallTable rows={shown} /> : <p class="empty">{emptyText(known, rows.length)}</p>}
    </Card>
  );
}

function emptyText(known: boolean, calls: number): string {
  if (!known) return 'Asking the server…';
  return calls === 0
    ? 'Nobody is calling now. A call appears here as soon as its INVITE comes.'
    : 'No call fits what you look for.';
}
