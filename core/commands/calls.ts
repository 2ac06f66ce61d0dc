import { every, realClock } from '../runtime/index.ts';
import { eventLine } from './events.ts';
import { applyEvent, type CallRow, callEvents, callTable, readCall } from './remote/call-table.ts';
import { type RemoteDefinition, type RemoteWork, remoteCommand } from './remote/command.ts';
import { unreachable, wrongUsage } from './remote/fault.ts';
import { clearScreen } from './remote/style.ts';

const usage = `callbus calls [--watch]

Lists the calls of the running server. With --watch the list is kept up to date by the server's events until it is
interrupted: as a table on a terminal, as a line for each change elsewhere.
`;

/** How long an ended call stays in the table. */
const endedMs = 5000;
const redrawMs = 500;

export const callsDefinition: RemoteDefinition = {
  name: 'calls',
  summary: 'Lists the calls of the running server; --watch keeps the list up to date.',
  usage,
  flags: ['watch'],
  async run(work) {
    const { words, flags, asJson, stdout } = work;
    if (words[0] !== undefined) throw wrongUsage(`unexpected ${JSON.stringify(words[0])}`);
    if (flags.has('watch')) {
      await watch(work);
      return;
    }
    const list = await work.server.call('call.list', []);
    if (asJson) stdout(`${JSON.stringify(list)}\n`);
    else stdout(callTable(rowsOf(list), realClock().unixMs(), work.paint));
  },
};

export const calls = remoteCommand(callsDefinition);

async function watch(work: RemoteWork): Promise<void> {
  const { server, signal, isTerminal, asJson, stdout } = work;
  const clock = realClock();
  const rows = new Map<string, CallRow>();
  const asTable = isTerminal && !asJson;
  let isChanged = true;
  const stream = await server.subscribe({
    filters: [...callEvents],
    onEvent(event) {
      if (!asTable) {
        stdout(eventLine(event, work));
        return;
      }
      applyEvent(rows, event);
      isChanged = true;
      if (event.name === 'call.ended')
        clock.after(endedMs, () => {
          rows.delete(String(event.payload['call']));
        });
    },
    onGap: () => {},
  });
  // After the subscription: a call that begins in between is in both.
  const list = await server.call('call.list', []);
  for (const row of rowsOf(list)) if (!rows.has(row.call)) rows.set(row.call, row);
  if (asJson) stdout(`${JSON.stringify(list)}\n`);
  else if (!asTable) stdout(callTable([...rows.values()], clock.unixMs(), work.paint));

  const draw = every(clock, redrawMs, () => {
    // Times run on while nothing changes.
    if (!asTable || (!isChanged && rows.size === 0)) return;
    isChanged = false;
    const live = [...rows.values()].filter(({ state }) => state !== 'ended').length;
    const head = work.paint.dim(`${live} calls, ${new Date(clock.unixMs()).toISOString().slice(11, 19)} UTC`);
    stdout(`${clearScreen}${head}\n\n${callTable([...rows.values()], clock.unixMs(), work.paint)}`);
  });
  const ended = await Promise.race([aborted(signal), stream.closed]);
  draw.cancel();
  stream.close();
  if (ended !== null) throw unreachable(ended, 'Is the server ending?');
}

/** Null when the user interrupts. */
function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}

function rowsOf(list: unknown): CallRow[] {
  if (!Array.isArray(list)) return [];
  return list.map(readCall).filter((row) => row !== null);
}
