import {
  type Call,
  CodedError,
  type Files,
  type MediaRoom,
  type Recording,
  type RecordingEnd,
  type RecordOptions,
} from '../../core/index.ts';
import { fileText, pathIn, withSuffix } from './file-names.ts';
import type { RecordingRow, RecordRequest } from './schemas.ts';

/** One file of a recording; `member` empty: the whole room. */
interface RecordedFile {
  readonly file: string;
  readonly member: string;
  /** Null while it is being opened. */
  handle: Recording | null;
}

/** What one `record` began. */
interface RunningRecording {
  readonly id: number;
  readonly room: string;
  readonly request: RecordRequest;
  /** The name that the files' names are made of. */
  readonly name: string;
  readonly files: Set<RecordedFile>;
  paused: boolean;
  /** Nothing more is added. */
  over: boolean;
}

export interface RecordingsParts {
  readonly files: Files;
  /** Where the files lie, without a final slash. */
  readonly folder: string;
  readonly maxFiles: number;
  unixMs(): number;
  /** A file is being written. */
  started(recording: number, room: string, file: Omit<RecordedFile, 'handle'>): void;
  /** A file is complete. */
  ended(recording: number, room: string, file: Omit<RecordedFile, 'handle'>, end: RecordingEnd): void;
  /** The recording of somebody who came later could not begin. */
  failed(room: string, file: string, fault: unknown): void;
}

/** The recordings of all rooms: of a room, of one participant, of each. They end with what they record. */
export class RoomRecordings {
  readonly #parts: RecordingsParts;
  readonly #running = new Map<number, RunningRecording>();
  readonly #names = new Set<string>();
  #last = 0;

  constructor(parts: RecordingsParts) {
    this.#parts = parts;
  }

  /**
   * Begins to record; `members` are those whom it is about, none: the whole room.
   * @throws CodedError `file.name`, `file.exists`, `file.failed`, `file.format`, `module.full`.
   */
  async start(room: MediaRoom, request: RecordRequest, members: readonly Call[]): Promise<RecordingRow> {
    const name = request.file ?? `${fileText(room.name)}-${this.#parts.unixMs()}.wav`;
    const running: RunningRecording = {
      id: ++this.#last,
      room: room.name,
      request,
      name,
      files: new Set(),
      paused: false,
      over: false,
    };
    this.#running.set(running.id, running);
    try {
      if (request.eachMember === true)
        for (const call of members) await this.#add(running, withSuffix(name, call.tag), call.tag, takenBy(call));
      else {
        const [call] = members;
        const take = call === undefined ? takenBy(room) : takenBy(call);
        await this.#add(running, name, call?.tag ?? '', take);
      }
    } catch (fault) {
      await this.#end(running);
      throw fault;
    }
    return rowOf(running);
  }

  /** Somebody came in: who is recorded one by one includes it. */
  joined(room: string, call: Call): void {
    for (const running of this.#running.values()) {
      if (running.room !== room || running.request.eachMember !== true || running.over) continue;
      const file = withSuffix(running.name, call.tag);
      this.#add(running, file, call.tag, takenBy(call)).catch((fault: unknown) =>
        this.#parts.failed(room, file, fault),
      );
    }
  }

  list(room: string | null): RecordingRow[] {
    return [...this.#running.values()].filter((each) => room === null || each.room === room).map(rowOf);
  }

  /** @throws CodedError `recording.unknown`. */
  setPaused(room: string, recording: number, paused: boolean): RecordingRow {
    const running = this.#find(room, recording);
    running.paused = paused;
    for (const { handle } of running.files) {
      if (paused) handle?.pause();
      else handle?.resume();
    }
    return rowOf(running);
  }

  /** Resolves with the complete files. @throws CodedError `recording.unknown`. */
  async stop(room: string, recording: number): Promise<RecordingRow> {
    const running = this.#find(room, recording);
    const files = [...running.files];
    await this.#end(running);
    return { ...rowOf(running), files: files.map(fileRow) };
  }

  /** A participant left whose call goes on: what was recorded of it in the room ends. */
  left(room: string, tag: string): void {
    for (const running of this.#running.values()) {
      if (running.room !== room) continue;
      for (const { member, handle } of running.files) if (member === tag) void handle?.stop();
    }
  }

  /** Nobody is in the room any more; `closed` resolves when what ends by itself has ended. */
  async endRoom(room: string, closed: Promise<void>): Promise<void> {
    const ending = [...this.#running.values()].filter((each) => each.room === room);
    for (const running of ending) {
      running.over = true;
      this.#running.delete(running.id);
    }
    await closed;
    await Promise.all(ending.map((running) => this.#end(running)));
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.#running.values()].map((each) => this.#end(each)));
  }

  #find(room: string, recording: number): RunningRecording {
    const running = this.#running.get(recording);
    if (running?.room !== room) throw new CodedError('recording.unknown', `${recording} in room ${room}`);
    return running;
  }

  async #end(running: RunningRecording): Promise<void> {
    running.over = true;
    this.#running.delete(running.id);
    await Promise.all([...running.files].map(({ handle }) => handle?.stop()));
  }

  async #add(
    running: RunningRecording,
    file: string,
    member: string,
    take: (path: string, options: RecordOptions) => Promise<Recording>,
  ): Promise<void> {
    const { files, folder, maxFiles } = this.#parts;
    const { path, subtype } = pathIn(folder, file);
    if (this.#names.size >= maxFiles) throw new CodedError('module.full', `max_recordings (${maxFiles}) run`);
    if (this.#names.has(path)) throw new CodedError('file.exists', file);
    this.#names.add(path);
    const recorded: RecordedFile = { file, member, handle: null };
    running.files.add(recorded);
    try {
      if ((await files.stat(path)) !== null) throw new CodedError('file.exists', file);
      if (running.over) throw new CodedError('room.unknown', `${running.room}: the last participant left`);
      recorded.handle = await take(path + subtype, optionsOf(running.request));
    } catch (fault) {
      this.#names.delete(path);
      running.files.delete(recorded);
      throw fault;
    }
    const { handle } = recorded;
    if (running.paused) handle.pause();
    if (running.over) void handle.stop();
    this.#parts.started(running.id, running.room, { file, member });
    void handle.ended.then((end) => {
      this.#names.delete(path);
      running.files.delete(recorded);
      // A recording of everybody waits for those who come.
      if (running.files.size === 0 && running.request.eachMember !== true) this.#running.delete(running.id);
      this.#parts.ended(running.id, running.room, { file, member }, end);
    });
  }
}

const takenBy =
  (source: Pick<Call, 'record'> | MediaRoom) =>
  (path: string, options: RecordOptions): Promise<Recording> =>
    source.record(path, options);

function optionsOf(request: RecordRequest): RecordOptions {
  const { side = 'received', stereo = false, beep = false, limitMs = 0, limitBytes = 0, silenceStopMs = 0 } = request;
  return { side, stereo, beep, limitMs, limitBytes, silenceStopMs };
}

const fileRow = ({ file, member, handle }: RecordedFile): RecordingRow['files'][number] => ({
  file,
  member,
  lengthMs: handle?.lengthMs ?? 0,
});

const rowOf = ({ id, room, paused, files }: RunningRecording): RecordingRow => ({
  recording: id,
  room,
  paused,
  files: [...files].map(fileRow),
});
