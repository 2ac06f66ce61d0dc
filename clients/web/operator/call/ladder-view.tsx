import { useState } from 'preact/hooks';
import { Source } from '../source.tsx';
import { clockText, offsetText } from '../text.ts';
import { lastBefore } from './axis.ts';
import { ladderOf, type Message, type Rung } from './ladder.ts';

interface LadderProps {
  readonly messages: readonly Message[];
  readonly beginMs: number;
  /** Where the cursor is: the last message before it is marked. */
  readonly cursorMs: number | null;
  readonly onLook: (atMs: number) => void;
}

/** Arrows between addresses; each opens to the message as it was. */
export function LadderView({ messages, beginMs, cursorMs, onLook }: LadderProps) {
  const [open, setOpen] = useState<number | null>(null);
  const { columns, rungs } = ladderOf(messages);
  const times = rungs.map(({ message }) => message);
  const current = cursorMs === null ? -1 : lastBefore(times, cursorMs);
  if (rungs.length === 0)
    return (
      <p class="empty">
        The server keeps no SIP messages of this call. How many it keeps is said in its configuration: sip.trace.
      </p>
    );
  return (
    <div class="ladder" data-columns={columns.length}>
      <div class="ladder-heads" aria-hidden="true">
        {columns.map(({ address, ours }) => (
          <span key={address} class={ours ? 'ours' : ''}>
            {address}
            {ours ? <small>this server</small> : null}
          </span>
        ))}
      </div>
      <ol>
        {rungs.map((rung, i) => (
          <li key={i} class={i === current ? 'now' : ''}>
            <button
              type="button"
              class={`rung ${rung.kind}`}
              aria-expanded={open === i}
              onClick={() => {
                setOpen(open === i ? null : i);
                onLook(rung.message.atMs);
              }}
            >
              <time title={clockText(rung.message.atMs)}>{offsetText(rung.message.atMs - beginMs)}</time>
              <Arrow rung={rung} columns={columns.length} />
            </button>
            {open === i ? (
              <Source label={`${rung.title}, the whole message`} class="message">
                {rung.message.text.trimEnd()}
              </Source>
            ) : null}
          </li>
        ))}
      </ol>
    </div>
  );
}

/** Units of a column in the drawing, which is stretched to the width that there is. */
const unit = 100;

function Arrow({ rung, columns }: { readonly rung: Rung; readonly columns: number }) {
  const { from, to, title, again, hasSdp, sequence, message } = rung;
  const width = columns * unit;
  const centre = (place: number): number => (place + 0.5) * unit;
  const left = Math.min(from, to);
  const span = Math.max(1, Math.abs(to - from));
  return (
    <span class="lanes">
      {Array.from({ length: columns }, (_, i) => (
        <i key={i} class="life" style={{ left: `${(centre(i) / width) * 100}%` }} />
      ))}
      <span
        class={`shaft ${to >= from ? 'rightwards' : 'leftwards'} ${again ? 'again' : ''}`}
        style={{ left: `${(centre(left) / width) * 100}%`, width: `${((span * unit) / width) * 100}%` }}
      >
        <span class="shaft-text">
          <b>{title}</b>
          <span class="unseen">
            {message.incoming ? ` from ${message.remote}` : ` to ${message.remote}`} by {message.transport}
          </span>
          {hasSdp ? <small>SDP</small> : null}
          {again ? <small>again</small> : null}
          <small class="sequence">{sequence}</small>
        </span>
        <span class="line" aria-hidden="true" />
      </span>
    </span>
  );
}
