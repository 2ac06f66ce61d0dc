import { CodedError, type ModuleContext } from '../../core/index.ts';
import type { Room } from './room.ts';

type Bus = Pick<ModuleContext<unknown>, 'has' | 'invoke' | 'log'>;

const notLoaded = 'the module conference, which records, is not loaded';

/** Records rooms by the module conference: its folder, its limits, its events. */
export class Recorder {
  readonly #bus: Bus;
  readonly #limitMs: number;
  /** What was begun here, by room. */
  readonly #recordings = new Map<Room, { readonly id: number; readonly file: string }>();

  /** @param limitMs Longest recording. */
  constructor(bus: Bus, limitMs: number) {
    this.#bus = bus;
    this.#limitMs = limitMs;
  }

  /** Is the mix of that room recorded, here or by an operator? */
  async isRecording(room: Room): Promise<boolean> {
    if (!this.#bus.has('conference')) return false;
    const rows = await this.#bus.invoke('conference', 'recordings', [room.name]);
    return Array.isArray(rows) && rows.length > 0;
  }

  /** Gives the file's name, or why there is none. */
  async start(room: Room): Promise<{ readonly file: string } | { readonly refusal: string }> {
    if (!this.#bus.has('conference')) return { refusal: notLoaded };
    if (this.#recordings.has(room)) return { refusal: 'it is recorded already' };
    try {
      const row = await this.#bus.invoke('conference', 'record', [room.name, { limitMs: this.#limitMs }]);
      const recording = recordingOf(row);
      this.#recordings.set(room, recording);
      return { file: recording.file };
    } catch (fault) {
      return { refusal: this.#refusalOf(room, fault) };
    }
  }

  /** Gives the complete file's name, or why there is none. */
  async stop(room: Room): Promise<{ readonly file: string } | { readonly refusal: string }> {
    const recording = this.#recordings.get(room);
    if (recording === undefined) return { refusal: 'it is not recorded' };
    this.#recordings.delete(room);
    try {
      await this.#bus.invoke('conference', 'stopRecording', [room.name, recording.id]);
      return { file: recording.file };
    } catch (fault) {
      return { refusal: this.#refusalOf(room, fault) };
    }
  }

  /** A recording of conference ended by itself: the limit, or nobody is left. */
  ended(id: number): void {
    for (const [room, recording] of this.#recordings) if (recording.id === id) this.#recordings.delete(room);
  }

  #refusalOf(room: Room, fault: unknown): string {
    if (!(fault instanceof CodedError)) throw fault;
    if (fault.code === 'room.unknown') return 'nobody is in the room';
    if (fault.code === 'recording.unknown') return 'it is not recorded';
    this.#bus.log.warn('a room is not recorded', { room: room.name, reason: fault.message });
    return 'it cannot be recorded';
  }
}

/** Of the answer of `conference.record`. */
function recordingOf(row: unknown): { readonly id: number; readonly file: string } {
  const id = member(row, 'recording');
  const files = member(row, 'files');
  const file = Array.isArray(files) ? member(files[0], 'file') : null;
  if (typeof id !== 'number' || typeof file !== 'string')
    throw new CodedError('media.failed', 'conference.record gave no recording');
  return { id, file };
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
