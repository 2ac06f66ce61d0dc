/** A server in simulated time with a script, and its phones. */
import { dirname, isAbsolute, join, resolve } from 'node:path';
import {
  CodedError,
  decodeWav,
  type Log,
  type LogFields,
  type PublishedEvent,
  resample,
  type SimClock,
  type SimulatedServer,
  type SimulatedServerOptions,
} from '../../../../core/index.ts';
import { nameOf } from '../scripts.ts';
import type { CommandParts } from '../subcommand.ts';
import { Phone } from './phone.ts';
import type { Story } from './story.ts';

export interface StageOptions {
  /** The script's file. */
  readonly file: string;
  readonly storyFile: string;
  readonly story: Story;
  readonly parts: CommandParts;
  readonly simulate: (options: SimulatedServerOptions) => Promise<SimulatedServer>;
  /** Each event of the bus. */
  readonly onEvent: (event: PublishedEvent, atMs: number) => void;
  /** Warnings and errors of the server. */
  readonly onLog: (text: string) => void;
}

export interface Stage {
  readonly server: SimulatedServer;
  readonly caller: Phone;
  /** By name, the caller too. */
  readonly phones: ReadonlyMap<string, Phone>;
  /** Audio that a step names, at 8 kHz. @throws CodedError `file.missing`. */
  audio(name: string): Promise<Int16Array>;
  close(): Promise<void>;
}

/** @throws CodedError for what keeps the server from starting. */
export async function setStage(options: StageOptions): Promise<Stage> {
  const { file, story, storyFile, onEvent } = options;
  const folder = dirname(resolve(storyFile));
  const server = await options.simulate({ config: configOf(options), log: logTo(options.onLog) });
  const { bus, clock } = server;
  bus.subscribe('*', ['*:*'], (event) => onEvent(event, clock.nowMs()));
  await fillDatabases(server, story, folder, options.parts);
  for (const { module, name, args } of story.invoke) await settled(clock, server.invoke(module, name, args));
  const phones = new Map<string, Phone>();
  const add = async (
    name: string,
    host: string | null,
    manners: Parameters<typeof Phone.create>[3],
  ): Promise<Phone> => {
    const address = `10.0.1.${phones.size + 1}`;
    const phone = await settled(clock, Phone.create(server, name, address, manners));
    phones.set(name, phone);
    server.internet.names.set(`${name}.example`, [address]);
    if (host !== null) server.internet.names.set(host, [address]);
    return phone;
  };
  const own = story.phones.get(story.caller);
  const caller = await add(story.caller, own?.host ?? null, own ?? { answersAfterS: null, rejects: null });
  for (const [name, phone] of story.phones) if (name !== story.caller) await add(name, phone.host, phone);
  server.internet.names.set('server.example', [server.address]);
  return {
    server,
    caller,
    phones,
    audio: (name) => readAudio(server, [folder, dirname(resolve(file))], name),
    async close() {
      for (const phone of phones.values()) await phone.close();
      await clock.advance(1000);
      await settled(clock, server.stop());
    },
  };
}

/** The script serves every call, unless the story's `config` or `server` say otherwise. */
function configOf({ file, story, storyFile }: StageOptions): SimulatedServerOptions['config'] {
  const name = nameOf(file);
  const absolute = (value: unknown): unknown =>
    typeof value === 'string' && value !== '' && !isAbsolute(value) ? resolve(dirname(storyFile), value) : value;
  const keys: { [key: string]: unknown } = { ...story.config };
  for (const key of ['conf_dir', 'prompts_sets_path', 'diag_path']) if (key in keys) keys[key] = absolute(keys[key]);
  if ('load_prompts' in keys) keys['load_prompts'] = listed(keys['load_prompts']).map(absolute);
  const { modules = {}, sip = {}, ...rest } = story.server;
  const dsm = {
    diag_path: dirname(resolve(file)),
    load_diags: [name],
    register_apps: [name],
    ...keys,
    trace: 'values',
  };
  return {
    // Phones are peers that may send P-App-Param.
    sip: { trusted: ['10.0.1.0/24'], ...(typeof sip === 'object' ? sip : {}) },
    routing: [{ application: name }],
    ...rest,
    modules: { monitoring: {}, conference: {}, ...(typeof modules === 'object' ? modules : {}), dsm },
  };
}

/** Lets simulated time pass until it is done. @throws what it throws; Error after two minutes. */
export async function settled<T>(clock: SimClock, operation: Promise<T>): Promise<T> {
  let isSettled = false;
  const end = (): void => {
    isSettled = true;
  };
  operation.then(end, end);
  for (let ms = 0; !isSettled && ms < 120_000; ms += 5) await clock.advance(ms === 0 ? 0 : 5);
  if (!isSettled) throw new Error('what was waited for does not end');
  return operation;
}

function listed(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'string' ? value.split(',').map((each) => each.trim()) : [];
}

async function fillDatabases(
  server: SimulatedServer,
  { databases }: Story,
  folder: string,
  { files }: CommandParts,
): Promise<void> {
  for (const [name, statements] of databases) {
    const database = server.database('dsm', name);
    for (const { sql, file } of statements) {
      const bytes = file === null ? null : Buffer.from(await files.read(resolve(folder, file)));
      // A database is opened outside of simulated time.
      await server.clock.during(
        database.run(bytes === null ? sql : sql.replace('__FILE__', `X'${bytes.toString('hex')}'`)),
      );
    }
    await database.close();
  }
}

/** `name`, `name.wav`, also in `prompts/`, beside the story, then beside the script; or what the script wrote. */
async function readAudio(server: SimulatedServer, folders: readonly string[], name: string): Promise<Int16Array> {
  const names = [name, `${name}.wav`, join('prompts', name), join('prompts', `${name}.wav`)];
  for (const folder of folders)
    for (const each of names) {
      const path = resolve(folder, each);
      const found = await server.files.stat(path);
      if (found === null || found.isDirectory) continue;
      const { samples, sampleRateHz } = decodeWav(await server.files.read(path));
      return resample(samples, sampleRateHz, 8000);
    }
  throw new CodedError('file.missing', `${name}: tried ${names.join(', ')} in ${folders.join(', ')}`);
}

function logTo(write: (text: string) => void): Log {
  const line = (fields: LogFields, message: string, more: LogFields = {}): void => {
    const all = Object.entries({ ...fields, ...more }).map(([key, value]) => ` ${key}=${String(value).slice(0, 300)}`);
    write(`${message}${all.join('')}`);
  };
  const make = (fields: LogFields): Log => ({
    debug: () => {},
    info: () => {},
    warn: (message, more) => line(fields, message, more),
    error: (message, more) => line(fields, message, more),
    child: (more) => make({ ...fields, ...more }),
  });
  return make({});
}
