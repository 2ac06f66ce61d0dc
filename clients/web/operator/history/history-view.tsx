import { useState } from 'preact/hooks';
import type { ServerEvent } from '../../../typescript/index.ts';
import { Card, Field, Select, Table } from '../../shell/index.ts';
import { durationText } from '../../shell/text.ts';
import { endSentence, reasonsOf } from '../call/why.ts';
import { numberOf, textOf } from '../members.ts';
import { clockText, partyText } from '../text.ts';
import { usePastEvents } from './past-events.ts';

const spans = [
  { value: '15', text: 'The last 15 minutes' },
  { value: '60', text: 'The last hour' },
  { value: '360', text: 'The last 6 hours' },
  { value: '1440', text: 'The last day' },
];
const most = 300;

/** Calls that ended and calls that never began, with the why of each. */
export function HistoryView() {
  const [minutes, setMinutes] = useState('60');
  const [text, setText] = useState('');
  return (
    <div class="stack">
      <search class="filters" aria-label="Which calls are shown">
        <Field
          label="From, to or why"
          hideLabel
          type="search"
          placeholder="From, to or why"
          value={text}
          onInput={setText}
        />
        <Select label="Time" hideLabel value={minutes} options={spans} onChange={setMinutes} />
      </search>
      <Ended minutes={Number(minutes)} text={text} />
      <Refused minutes={Number(minutes)} text={text} />
    </div>
  );
}

const holding = (events: readonly ServerEvent[], text: string): readonly ServerEvent[] =>
  text === ''
    ? events
    : events.filter((event) => JSON.stringify(event.payload).toLowerCase().includes(text.toLowerCase()));

function Ended({ minutes, text }: { readonly minutes: number; readonly text: string }) {
  const events = holding(usePastEvents('call.ended', minutes, most), text);
  return (
    <Card title="Calls that ended">
      <Table
        caption="Calls that ended, the newest first"
        rows={events}
        keyOf={({ id }) => String(id)}
        empty="No call ended in this time, as far as the server keeps events."
        columns={[
          { title: 'Ended', cell: ({ at }) => clockText(Date.parse(at)) },
          {
            title: 'From',
            cell: ({ payload }) => (
              <a href={`/operator/calls/${encodeURIComponent(textOf(payload, 'call'))}`}>
                {partyText(textOf(payload, 'from'))}
              </a>
            ),
          },
          { title: 'To', cell: ({ payload }) => partyText(textOf(payload, 'to')) },
          { title: 'Application', cell: ({ payload }) => textOf(payload, 'application') },
          { title: 'Talk', numeric: true, cell: ({ payload }) => talkText(payload) },
          { title: 'MOS', numeric: true, cell: ({ payload }) => numberOf(payload, 'mos')?.toFixed(1) ?? '–' },
          { title: 'Why', cell: ({ payload }) => <Whys payload={payload} first={endSentence(payload)} /> },
        ]}
      />
    </Card>
  );
}

function Refused({ minutes, text }: { readonly minutes: number; readonly text: string }) {
  const events = holding(usePastEvents('call.refused', minutes, most), text);
  return (
    <Card title="Calls that were refused">
      <Table
        caption="Calls that were refused, the newest first"
        rows={events}
        keyOf={({ id }) => String(id)}
        empty="No call was refused in this time."
        columns={[
          { title: 'At', cell: ({ at }) => clockText(Date.parse(at)) },
          { title: 'From', cell: ({ payload }) => partyText(textOf(payload, 'from')) },
          { title: 'Request-URI', cell: ({ payload }) => textOf(payload, 'ruri') },
          { title: 'Sender', cell: ({ payload }) => textOf(payload, 'source') },
          {
            title: 'Why',
            cell: ({ payload }) => (
              <Whys payload={payload} first={`${numberOf(payload, 'status') ?? ''} ${textOf(payload, 'reason')}.`} />
            ),
          },
        ]}
      />
    </Card>
  );
}

function Whys({ payload, first }: { readonly payload: ServerEvent['payload']; readonly first: string }) {
  return (
    <span class="whys">
      {first}
      {reasonsOf(payload).map(({ code, sentence, cause, next }) => (
        <small key={`${code}${sentence}`}>
          {sentence} {cause} {next}
        </small>
      ))}
    </span>
  );
}

function talkText(payload: ServerEvent['payload']): string {
  const [answered, ended] = [numberOf(payload, 'answeredAtMs'), numberOf(payload, 'endedAtMs')];
  return answered === null || ended === null ? '–' : durationText(ended - answered);
}
