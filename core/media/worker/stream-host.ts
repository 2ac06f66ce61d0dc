import type { Clock, PacketIo, Random, SocketHandle } from '../../runtime/index.ts';
import type { IceCounts } from '../ice/index.ts';
import type { FrameScratch } from './frame-scratch.ts';
import type { StoredPrompt } from './prompt-store.ts';
import type { IceTransport, MediaEvent, PromptId, RecordItem } from './protocol.ts';
import type { RecordingTap } from './recorder.ts';
import type { CodecOptions } from './records.ts';
import type { Rooms, StreamCodec } from './room.ts';
import type { Stream } from './stream.ts';

/** What a stream needs of its engine. */
export interface StreamHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly io: PacketIo;
  readonly scratch: FrameScratch;
  readonly rooms: Rooms;
  /** Of all browser legs of the engine. */
  readonly iceCounts: IceCounts;
  /** What a socket of a browser leg speaks. */
  transportOf(socket: SocketHandle): IceTransport;
  post(event: MediaEvent): void;
  prompt(id: PromptId): StoredPrompt | null;
  /** A codec instance for what was negotiated; null when no record fits. */
  codec(name: string, clockRateHz: number, channels: number, options: CodecOptions): StreamCodec | null;
  recordItem(stream: Stream, item: RecordItem): RecordingTap | null;
}
