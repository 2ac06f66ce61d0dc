import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { bus } from '../../bus/index.ts';
import { durationText } from '../../shell/text.ts';
import { partyText } from '../text.ts';
import { EndButton } from './call-actions.tsx';
import type { CallRow } from './live-calls.ts';
import { StateBadge } from './state-badge.tsx';
import { now } from './store.ts';
import { rowWindow } from './window.ts';

/** As in the style: a row has no other height, so that those out of sight need not be there. */
const rowHeight = { wide: 52, narrow: 92 };

/** A table that has only the rows in sight in the document, and scrolls as if all were. */
export function CallTable({ rows }: { readonly rows: readonly CallRow[] }) {
  const box = useRef<HTMLElement>(null);
  const [view, setView] = useState({ top: 0, height: 600, isNarrow: false });
  useLayoutEffect(() => {
    const { current } = box;
    if (current === null) return;
    const look = (): void =>
      setView({ top: current.scrollTop, height: current.clientHeight, isNarrow: innerWidth <= 700 });
    look();
    const sizes = new ResizeObserver(look);
    sizes.observe(current);
    current.addEventListener('scroll', look, { passive: true });
    return () => {
      sizes.disconnect();
      current.removeEventListener('scroll', look);
    };
  }, []);
  const height = view.isNarrow ? rowHeight.narrow : rowHeight.wide;
  const { first, end, before, after } = rowWindow(rows.length, height, view.top, view.height);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard
    <section ref={box} class="call-box" aria-label="Live calls" tabIndex={0}>
      <table class="calls" aria-rowcount={rows.length + 1}>
        <caption class="unseen">Live calls, the newest first</caption>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col">From</th>
            <th scope="col">To</th>
            <th scope="col">State</th>
            <th scope="col">Application</th>
            <th scope="col">Account</th>
            <th scope="col" class="numeric">
              Length
            </th>
            {bus.may('call:control') ? (
              <th scope="col">
                <span class="unseen">Actions</span>
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          <Gap height={before} />
          {rows.slice(first, end).map((row, i) => (
            <Row key={row.call} row={row} index={first + i + 2} />
          ))}
          <Gap height={after} />
        </tbody>
      </table>
    </section>
  );
}

const Gap = ({ height }: { readonly height: number }) =>
  height === 0 ? null : (
    <tr class="gap">
      <td colSpan={7} style={{ height: `${height}px` }} />
    </tr>
  );

function Row({ row, index }: { readonly row: CallRow; readonly index: number }) {
  return (
    <tr aria-rowindex={index}>
      <td class="from">
        <a href={`/operator/calls/${encodeURIComponent(row.call)}`} title={row.from}>
          <span class="arrow" aria-hidden="true">
            {row.direction === 'in' ? '↘' : '↗'}
          </span>
          <span class="unseen">{row.direction === 'in' ? 'Incoming, ' : 'Outgoing, '}</span>
          {partyText(row.from)}
        </a>
      </td>
      <td class="to" title={row.to}>
        {partyText(row.to)}
      </td>
      <td class="state">
        <StateBadge state={row.state} />
      </td>
      <td class="application">{row.application}</td>
      <td class="account">{row.account ?? ''}</td>
      <td class="length numeric">
        <Length row={row} />
      </td>
      {bus.may('call:control') ? (
        <td class="act">
          <EndButton call={row} size="small" />
        </td>
      ) : null}
    </tr>
  );
}

/** By itself, so that a second passes without drawing the row. */
const Length = ({ row }: { readonly row: CallRow }) => <>{durationText(now.value - row.startedAtMs)}</>;
