import { type RemoteDefinition, type RemoteWork, remoteCommand } from './remote/command.ts';
import { unreachable, wrongUsage } from './remote/fault.ts';
import { cell, safeText } from './remote/print.ts';
import type { ServerEvent } from './remote/server.ts';
import { didYouMean } from './remote/suggest.ts';

const usage = `callbus events [FILTER]... [--since ID] [--match NAME=VALUE,...] [--count N]

Prints the events of the running server as they happen, a line each, until it is interrupted. A filter is an event's
name, prefix.* or *; without one all events that the token may see. "callbus ls --events" lists them.

  --since ID       first those that are kept since the event with that id
  --match N=V      only events whose payload has these members
  --count N        ends after so many
`;

export const eventsDefinition: RemoteDefinition = {
  name: 'events',
  summary: 'Prints events of the running server as they happen.',
  usage,
  values: ['since', 'match', 'count'],
  async run(work) {
    const { server, values, words, signal } = work;
    const count = wholeNumber(values, 'count') ?? Number.POSITIVE_INFINITY;
    const after = wholeNumber(values, 'since');
    const match = matchOf(values.get('match'));
    await checkFilters(work);
    let seen = 0;
    let finish = (): void => {};
    const done = new Promise<null>((resolve) => {
      finish = () => resolve(null);
    });
    signal.addEventListener('abort', finish, { once: true });
    const stream = await server.subscribe({
      filters: words.length === 0 ? ['*'] : words,
      ...(match === null ? {} : { match }),
      ...(after === null ? {} : { after }),
      onEvent(event) {
        if (seen >= count) return;
        seen++;
        work.stdout(eventLine(event, work));
        if (seen >= count) finish();
      },
      onGap: (gap) => work.stderr(`callbus events: some events are no longer kept: ${cell(gap)}\n`),
    });
    if (signal.aborted) finish();
    const ended = await Promise.race([done, stream.closed]);
    stream.close();
    if (ended !== null) throw unreachable(ended, 'Go on with --since and the last id.');
  },
};

export const events = remoteCommand(eventsDefinition);

/** A name that the server does not have would wait for ever. */
async function checkFilters({ server, words }: RemoteWork): Promise<void> {
  if (words.length === 0) return;
  const names = (await server.document()).events.map(({ name }) => name);
  for (const filter of words) {
    const isKnown = filter === '*' || filter.endsWith('.*') || names.includes(filter);
    if (!isKnown)
      throw wrongUsage(
        `no event ${JSON.stringify(filter)}${didYouMean(filter, names)}`,
        'callbus ls --events lists them.',
      );
  }
}

/** `12:30:05.123  17  call.ended  call=4A3F status=200`. */
export function eventLine(event: ServerEvent, { asJson, paint }: Pick<RemoteWork, 'asJson' | 'paint'>): string {
  if (asJson) return `${JSON.stringify(event)}\n`;
  const { id, name, at, payload } = event;
  const members = Object.entries(payload).map(
    ([member, value]) => `${paint.dim(`${safeText(member)}=`)}${word(value)}`,
  );
  return `${[paint.dim(at.slice(11, 23)), String(id), paint.bold(safeText(name)), ...members].join(' ')}\n`;
}

function word(value: unknown): string {
  const text = value === null ? 'null' : cell(value);
  return typeof value !== 'string' || /^[^\s"]+$/.test(text) ? text : JSON.stringify(text);
}

function wholeNumber(values: ReadonlyMap<string, string>, name: string): number | null {
  const text = values.get(name);
  if (text === undefined) return null;
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw wrongUsage(`--${name}: expected a whole number, got ${JSON.stringify(text)}`);
  return Number(text);
}

/** `room=4711,muted=true`; numbers, true and false are such. */
function matchOf(text: string | undefined): { [member: string]: unknown } | null {
  if (text === undefined) return null;
  const pairs = text.split(',').map((pair): [string, unknown] => {
    const [, name, value = ''] = /^(\w+)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined) throw wrongUsage(`--match ${pair}: expected NAME=VALUE`);
    return [name, /^(true|false|null|-?\d{1,15})$/.test(value) ? JSON.parse(value) : value];
  });
  return Object.fromEntries(pairs);
}
