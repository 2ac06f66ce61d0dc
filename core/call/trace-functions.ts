/** Reading what was said: the messages of a call, as list, ladder or pcap, and pcap files of all of them. */
import { arg, Blob, type Bus, type DiStruct, Int, opt, rowsFor, Struct, Text } from '../di/index.ts';
import { CodedError, type Counters, type Disposable, type Files, formatEndpoint, Type } from '../runtime/index.ts';
import { ladder, pcapHeader, type SipTrace, type TracedMessage } from '../sip/index.ts';
import { exampleMessages } from './trace-example.ts';
import { TraceFile } from './trace-file.ts';

export interface TraceParts {
  readonly trace: SipTrace;
  readonly files: Files;
  readonly counters: Counters;
  /** Folder of the pcap files. */
  readonly directory: string;
}

export class TraceState {
  readonly parts: TraceParts;
  readonly open = new Map<string, TraceFile>();
  /** Names whose files are being opened. */
  readonly opening = new Set<string>();

  constructor(parts: TraceParts) {
    this.parts = parts;
  }
}

const { fn, defineFunctions } = rowsFor<TraceState>();
const read = 'trace:read';
const control = 'trace:control';
const mostFiles = 4;
const defaultMegabytes = 100;

const CallName = Type.String({ minLength: 1, maxLength: 256, title: 'call tag or SIP Call-ID' });
const FileName = Type.String({ pattern: '^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$', title: 'file name' });

export const traceFunctions = defineFunctions({
  call: fn({
    summary:
      'The SIP messages of a call, oldest first: time, direction, transport, local, remote, text. Secrets are stars.',
    params: [arg('call', CallName, 'Its tag or SIP Call-ID.')],
    result: Type.Array(Struct),
    scope: read,
    examples: [{ params: ['6f0c2b3d4e5f60718293a4b5'], result: exampleMessages.map(asStruct) }],
    handler: ({ state }, call) => messagesOf(state, call).map(asStruct),
  }),
  ladder: fn({
    summary: 'The SIP messages of a call as a ladder of text.',
    params: [arg('call', CallName, 'Its tag or SIP Call-ID.')],
    result: Text,
    scope: read,
    examples: [{ params: ['6f0c2b3d4e5f60718293a4b5'], result: ladder(exampleMessages) }],
    handler: ({ state }, call) => ladder(messagesOf(state, call)),
  }),
  pcap: fn({
    summary: 'The SIP messages of a call as a pcap file; what went by TCP or TLS is shown as UDP. Secrets are stars.',
    params: [arg('call', CallName, 'Its tag or SIP Call-ID.')],
    result: Blob,
    scope: read,
    examples: [{ params: ['6f0c2b3d4e5f60718293a4b5'], result: pcapHeader() }],
    handler: ({ state }, call) => state.parts.trace.pcap(callIdsOf(state, call)),
  }),
  start: fn({
    summary: 'Writes all further SIP messages to a pcap file in the folder traces of storage.path; returns its path.',
    params: [
      arg('file', FileName, 'Name of the file, without folders.'),
      opt('filter', Type.String({ maxLength: 200 }), 'Only messages with this text, exactly; default: all.'),
      opt(
        'megabytes',
        Type.Integer({ minimum: 1, maximum: 10_000 }),
        'Largest size; further messages are left out. Default 100.',
      ),
    ],
    result: Text,
    scope: control,
    examples: [{ params: ['friday.pcap', 'alice@example.org'], result: '/var/lib/callbus/traces/friday.pcap' }],
    handler: ({ state }, file, filter, megabytes) => start(state, file, filter ?? '', megabytes ?? defaultMegabytes),
  }),
  stop: fn({
    summary: 'Ends a pcap file: path, messages, bytes, and how many messages were left out.',
    params: [arg('file', FileName, 'As it was given to trace.start.')],
    result: Struct,
    scope: control,
    examples: [
      {
        params: ['friday.pcap'],
        result: { path: '/var/lib/callbus/traces/friday.pcap', messages: 42, bytes: 31_250, leftOut: 0 },
      },
    ],
    async handler({ state }, file) {
      const open = state.open.get(file);
      if (open === undefined) throw new CodedError('file.missing', `no trace is written to ${file}`);
      state.open.delete(file);
      return { ...(await open.stop()) };
    },
  }),
  files: fn({
    summary: 'How many pcap files are being written.',
    params: [],
    result: Int,
    scope: read,
    examples: [{ params: [], result: 1 }],
    handler: ({ state }) => state.open.size,
  }),
});

/** Registers the functions as `trace`; disposing ends all files. */
export function registerTrace(bus: Bus, parts: TraceParts): Disposable & { stop(): Promise<void> } {
  const state = new TraceState(parts);
  const registration = bus.register('trace', traceFunctions, state);
  return {
    dispose: () => registration.dispose(),
    async stop() {
      registration.dispose();
      const files = [...state.open.values()];
      state.open.clear();
      await Promise.allSettled(files.map((file) => file.stop()));
    },
  };
}

function callIdsOf({ parts }: TraceState, call: string): readonly string[] {
  const found = parts.trace.find(call);
  if (found.length === 0) {
    throw new CodedError('call.unknown', `nothing is kept of call ${call} (sip.trace: calls, minutes)`);
  }
  return found;
}

function messagesOf(state: TraceState, call: string): TracedMessage[] {
  return callIdsOf(state, call)
    .flatMap((callId) => state.parts.trace.messages(callId))
    .sort((a, b) => a.unixMs - b.unixMs);
}

function asStruct({ unixMs, direction, transport, local, remote, text }: TracedMessage): DiStruct {
  const time = new Date(unixMs).toISOString();
  return { time, direction, transport, local: formatEndpoint(local), remote: formatEndpoint(remote), text };
}

async function start(state: TraceState, name: string, filter: string, megabytes: number): Promise<string> {
  const { parts, open, opening } = state;
  if (open.has(name) || opening.has(name)) throw new CodedError('rpc.wrongType', `file: ${name} is being written`);
  if (open.size + opening.size >= mostFiles)
    throw new CodedError('rpc.wrongType', `file: ${mostFiles} are being written`);
  opening.add(name);
  try {
    const path = `${parts.directory}/${name}`;
    const options = { limitBytes: megabytes * 1_000_000, filter, trace: parts.trace, counters: parts.counters };
    open.set(name, await TraceFile.open(parts.files, path, options));
    return path;
  } finally {
    opening.delete(name);
  }
}
