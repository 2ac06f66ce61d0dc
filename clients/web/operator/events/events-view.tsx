import { useEffect, useState } from 'preact/hooks';
import type { ServerEvent } from '../../../typescript/index.ts';
import { bus } from '../../bus/index.ts';
import { after, Button, Card, Field } from '../../shell/index.ts';
import { catalogue, watchCatalogue } from '../functions/catalogue-store.ts';
import { textOf } from '../members.ts';
import { clockText, countText } from '../text.ts';
import { emptyBuffer, eventsWith, jsonLines, resumed, withEvents } from './event-buffer.ts';

const most = 2000;
const mostShown = 300;
const gatherMs = 200;
const isFilter = (text: string): boolean => /^(\*|[A-Za-z]\w*(\.\w+)*(\.\*)?)$/.test(text);

/** What the bus tells, as it comes. */
export function EventsView() {
  const [filter, setFilter] = useState('*');
  const [call, setCall] = useState('');
  const [text, setText] = useState('');
  const [buffer, setBuffer] = useState(emptyBuffer);
  useEffect(watchCatalogue, []);
  const isGood = isFilter(filter);
  const wanted = isGood ? filter : '';
  useEffect(() => {
    if (wanted === '') return;
    let fresh: ServerEvent[] = [];
    let cancel: (() => void) | null = null;
    const stop = bus.subscribe(wanted as '*', call === '' ? null : { call }, (event) => {
      fresh.push(event);
      cancel ??= after(gatherMs, () => {
        cancel = null;
        const events = fresh;
        fresh = [];
        setBuffer((before) => withEvents(before, events, most));
      });
    });
    return () => {
      stop();
      cancel?.();
    };
  }, [wanted, call]);
  const names = (catalogue.value?.events ?? []).filter(({ scope }) => bus.may(scope)).map(({ name }) => name);
  const modules = [...new Set(names.flatMap((name) => (name.includes('.') ? [`${name.split('.')[0]}.*`] : [])))];
  const chosen = eventsWith(buffer.shown, text);
  return (
    <Card class="flush">
      <search class="filters" aria-label="Which events come">
        <Field
          label="Name"
          value={filter}
          onInput={setFilter}
          options={['*', ...modules, ...names]}
          {...(isGood
            ? { hint: 'A name, a prefix with .*, or * for all' }
            : { fault: 'A name such as call.ended, or call.*, or *' })}
        />
        <Field label="Call tag" value={call} onInput={setCall} hint="Only events of this call" />
        <Field label="Text" type="search" value={text} onInput={setText} hint="Of those that came: what is in them" />
      </search>
      <div class="row spread">
        <p class="count">
          {countText(chosen.length, 'event')}
          {buffer.paused && buffer.waiting.length > 0 ? `, ${buffer.waiting.length} more wait` : ''}
          {buffer.dropped > 0 ? `, ${buffer.dropped} older ones were left out` : ''}
        </p>
        <div class="actions">
          <Button
            pressed={buffer.paused}
            onClick={() => setBuffer((before) => (before.paused ? resumed(before, most) : { ...before, paused: true }))}
          >
            Pause
          </Button>
          <Button onClick={() => setBuffer((before) => ({ ...emptyBuffer, paused: before.paused }))}>Clear</Button>
          <Button disabled={chosen.length === 0} onClick={() => save(chosen)}>
            Export as JSON lines
          </Button>
        </div>
      </div>
      {chosen.length === 0 ? (
        <p class="empty">Nothing has come yet. Events appear here when something happens.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard
        <ol class="event-list" tabIndex={0} aria-label="Events, the newest first">
          {chosen
            .slice(-mostShown)
            .reverse()
            .map((event) => (
              <EventItem key={event.id} event={event} />
            ))}
        </ol>
      )}
    </Card>
  );
}

function EventItem({ event }: { readonly event: ServerEvent }) {
  const call = textOf(event.payload, 'call');
  return (
    <li>
      <details>
        <summary>
          <time>{clockText(Date.parse(event.at))}</time>
          <b>{event.name}</b>
          <span class="gist">{JSON.stringify(event.payload)}</span>
        </summary>
        <pre>{JSON.stringify(event, null, 2)}</pre>
        {call === '' ? null : <a href={`/operator/calls/${encodeURIComponent(call)}`}>Open the call</a>}
      </details>
    </li>
  );
}

function save(events: readonly ServerEvent[]): void {
  const url = URL.createObjectURL(new Blob([jsonLines(events)], { type: 'application/jsonl' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'callbus-events.jsonl';
  link.click();
  after(10_000, () => URL.revokeObjectURL(url));
}
