import { useEffect, useState } from 'preact/hooks';
import { bus } from '../../bus/index.ts';
import { Lines } from '../../lines/index.tsx';
import { Card, Switch } from '../../shell/index.ts';
import { durationText } from '../../shell/text.ts';
import { EndButton } from '../calls/call-actions.tsx';
import type { CallRow } from '../calls/live-calls.ts';
import { StateBadge } from '../calls/state-badge.tsx';
import { now, watchCalls } from '../calls/store.ts';
import { ScrollBox } from '../source.tsx';
import { clockText, dayText, offsetText, partyText } from '../text.ts';
import { axisOf, lastBefore } from './axis.ts';
import { type CallData, type CallEvent, type StoryLine, useCall } from './call-data.ts';
import { ladderOf } from './ladder.ts';
import { LadderView } from './ladder-view.tsx';
import { spansOf } from './spans.ts';
import { Readout, TimeLine } from './time-line.tsx';
import { endSentence, reasonsOf } from './why.ts';

/** One call, living or ended. */
export function CallView({ tag }: { readonly tag: string }) {
  const [withOther, setWithOther] = useState(false);
  const [cursor, setCursor] = useState<number | null>(null);
  const data = useCall(tag, withOther);
  // The seconds of a living call, and the list that one goes back to.
  useEffect(watchCalls, []);
  const { row, ended, messages, loaded, faults } = data;
  if (row === null && messages.length === 0 && data.story.length === 0)
    return <Card>{loaded ? <Unknown tag={tag} faults={faults} /> : <p class="empty">Asking the server…</p>}</Card>;
  const { rungs } = ladderOf(messages);
  const isLive = row !== null && row.state !== 'ended';
  const endMs = isLive ? now.value : null;
  const times = [
    ...(row === null ? [] : [row.startedAtMs]),
    ...messages.map(({ atMs }) => atMs),
    ...data.events.map(({ atMs }) => atMs),
    ...data.samples.map(({ atMs }) => atMs),
    ...data.story.map(({ atMs }) => atMs),
  ];
  const axis = axisOf(times, endMs);
  const beginMs = axis.fromMs;
  const spans = spansOf(data.events, row, axis.fromMs, isLive ? axis.toMs : Math.max(...times));
  const cursorMs = cursor ?? (isLive ? axis.toMs : Math.max(...times));
  const shared = { data, rungs, spans, cursorMs, beginMs };
  return (
    <div class="call-page stack">
      {row === null ? null : <Summary row={row} ended={ended !== null} />}
      {faults.map((fault) => (
        <p key={fault} class="notice bad">
          {fault}
        </p>
      ))}
      {ended === null ? null : <Why data={data} />}
      <Card title="All on one axis of time" class="time-card">
        <TimeLine {...shared} axis={axis} onCursor={setCursor} />
        <Readout {...shared} />
      </Card>
      <div class="call-columns">
        <Card title="SIP" class="ladder-card">
          {row?.other === undefined ? null : (
            <div class="row spread">
              <Switch label="With the other leg" on={withOther} onChange={setWithOther} />
              <a href={`/operator/calls/${encodeURIComponent(row.other)}`}>Open the other leg</a>
            </div>
          )}
          <LadderView messages={messages} beginMs={beginMs} cursorMs={cursor} onLook={setCursor} />
        </Card>
        <div class="stack">
          {data.story.length === 0 ? null : (
            <Card title="Story">
              <Story lines={data.story} beginMs={beginMs} cursorMs={cursor} />
            </Card>
          )}
          {bus.may('audit:read') ? <Deeds data={data} beginMs={beginMs} /> : null}
          <Card title="Events">
            <Events events={data.events} beginMs={beginMs} cursorMs={cursor} />
          </Card>
          <Lines method="trace.call" params={{ call: tag }} order={['call']} title="These messages from a program" />
        </div>
      </div>
    </div>
  );
}

function Unknown({ tag, faults }: { readonly tag: string; readonly faults: readonly string[] }) {
  return (
    <p class="empty">
      {faults[0] ??
        `Nothing is kept of call ${tag}. The server keeps the last calls only: log.stories, sip.trace and rpc.events say how many.`}
    </p>
  );
}

function Summary({ row, ended }: { readonly row: CallRow; readonly ended: boolean }) {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Direction', row.direction === 'in' ? 'Incoming' : 'Outgoing'],
    ['Application', row.application],
    ['Request-URI', row.ruri],
    ['Peer', row.peer],
    ['Codec', row.codec],
    ['Account', row.account],
    ['Tariff', row.tariff],
    ['Data', row.data === undefined ? undefined : JSON.stringify(row.data)],
    ['Began', dayText(row.startedAtMs)],
    ['Call-ID', row.sipCallId],
    ['Tag', row.call],
    ['Trace', row.trace],
  ];
  return (
    <Card class="call-summary">
      <div class="row spread">
        <p class="parties">
          <span title={row.from}>{partyText(row.from)}</span>
          <span class="arrow" aria-hidden="true">
            →
          </span>
          <span class="unseen"> calls </span>
          <span title={row.to}>{partyText(row.to)}</span>
        </p>
        <div class="row">
          <StateBadge state={row.state} />
          {ended ? null : <span class="numeric clock">{durationText(now.value - row.startedAtMs)}</span>}
          {ended ? null : <EndButton call={row} />}
        </div>
      </div>
      <dl class="facts">
        {facts.map(([name, value]) =>
          value === undefined || value === '' ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
    </Card>
  );
}

function Why({ data: { ended } }: { readonly data: CallData }) {
  if (ended === null) return null;
  return (
    <Card title="Why it ended" class="why">
      <p class="why-first">{endSentence(ended)}</p>
      {reasonsOf(ended).map(({ sentence, cause, next, code }) => (
        <p key={`${code}${sentence}`}>
          {sentence}
          {cause === '' ? null : <span class="cause"> {cause}</span>}
          {next === '' ? null : <span class="next"> {next}</span>} <code>{code}</code>
        </p>
      ))}
    </Card>
  );
}

function Story(props: {
  readonly lines: readonly StoryLine[];
  readonly beginMs: number;
  readonly cursorMs: number | null;
}) {
  const { lines, beginMs, cursorMs } = props;
  const current = cursorMs === null ? -1 : lastBefore(lines, cursorMs);
  return (
    <ScrollBox label="Story">
      <ol class="story">
        {lines.map(({ atMs, level, text, fields }, i) => (
          <li key={i} class={`${level} ${i === current ? 'now' : ''}`}>
            <time title={clockText(atMs)}>{offsetText(atMs - beginMs)}</time>
            <span>
              {text}
              <Members of={fields} />
            </span>
          </li>
        ))}
      </ol>
    </ScrollBox>
  );
}

function Members({ of }: { readonly of: { readonly [name: string]: unknown } }) {
  const entries = Object.entries(of);
  return entries.length === 0 ? null : (
    <small class="members">
      {entries.map(([name, value]) => (
        <span key={name}>
          {name} <b>{typeof value === 'string' ? value : JSON.stringify(value)}</b>
        </span>
      ))}
    </small>
  );
}

function Deeds({ data: { deeds }, beginMs }: { readonly data: CallData; readonly beginMs: number }) {
  return (
    <Card title="RPC that touched it">
      {deeds.length === 0 ? <p class="hint">No program and nobody at a page did anything to this call.</p> : null}
      <ScrollBox label="RPC that touched it">
        <ol class="story">
          {deeds.map(({ id, at, what, caller, face, outcome }) => (
            <li key={id} class={outcome === 'ok' ? '' : 'error'}>
              <time title={clockText(Date.parse(at))}>{offsetText(Date.parse(at) - beginMs)}</time>
              <span>
                <b>{what}</b> by {caller} <small>({face})</small>
                {outcome === 'ok' ? null : <small> {outcome}</small>}
              </span>
            </li>
          ))}
        </ol>
      </ScrollBox>
    </Card>
  );
}

function Events(props: {
  readonly events: readonly CallEvent[];
  readonly beginMs: number;
  readonly cursorMs: number | null;
}) {
  const { events, beginMs, cursorMs } = props;
  const current = cursorMs === null ? -1 : lastBefore(events, cursorMs);
  if (events.length === 0) return <p class="hint">No event of this call is kept, or none may be shown to you.</p>;
  return (
    <ScrollBox label="Events of the call">
      <ol class="story">
        {events.map(({ id, atMs, name, payload }, i) => (
          <li key={id} class={i === current ? 'now' : ''}>
            <time title={clockText(atMs)}>{offsetText(atMs - beginMs)}</time>
            <details>
              <summary>{name}</summary>
              <pre>{JSON.stringify(payload, null, 2)}</pre>
            </details>
          </li>
        ))}
      </ol>
    </ScrollBox>
  );
}
