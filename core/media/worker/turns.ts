import type { PacketIo, PacketVisitor } from '../../runtime/index.ts';
import type { FrameScratch } from './frame-scratch.ts';
import type { Rooms, TickedStream } from './room.ts';

/** Streams without a room that are read together. */
const streamsAtOnce = 16;

export interface StreamInTurn extends TickedStream {
  readonly socket: number;
  /** Was it taken in in this tick? */
  hadItsTurn(tick: number): boolean;
}

/**
 * The order of a tick: packets of a few streams are read, then these streams take in and give out. So what
 * they need, here and in the kernel, is in the processor's cache from the first to the last of it: with
 * 900 streams, reading all of them first cost a tenth more.
 */
export class Turns {
  readonly #io: PacketIo;
  readonly #scratch: FrameScratch;
  readonly #rooms: Rooms;
  /** Streams that are read together. */
  readonly #group: TickedStream[] = [];
  #tick = 0;
  #nowMs = 0;

  constructor(io: PacketIo, scratch: FrameScratch, rooms: Rooms) {
    this.#io = io;
    this.#scratch = scratch;
    this.#rooms = rooms;
  }

  /** One frame of all rooms and all streams; `visit` takes the packets. */
  step(streams: readonly StreamInTurn[], nowMs: number, visit: PacketVisitor): void {
    this.#tick++;
    this.#nowMs = nowMs;
    this.#stepRooms(visit);
    this.#stepStreams(streams, visit);
  }

  /** All members speak, the room is mixed, all members hear. A stream that changes its room has its turn once a tick. */
  #stepRooms(visit: PacketVisitor): void {
    const rooms = this.#rooms.list;
    for (let r = rooms.length - 1; r >= 0; r--) {
      const room = rooms[r];
      if (room === undefined) continue;
      // A member may leave in its turn: its playlist goes on to something else.
      const { members } = room;
      for (let m = members.length - 1; m >= 0; m--) this.#ask(members[m]?.stream);
      this.#io.read?.(visit);
      this.#scratch.reset();
      room.begin();
      for (let m = members.length - 1; m >= 0; m--) this.#takeIn(members[m]?.stream);
      room.step();
      for (let m = members.length - 1; m >= 0; m--) this.#giveOut(members[m]?.stream);
    }
  }

  /** Those that had no turn with a room. */
  #stepStreams(streams: readonly StreamInTurn[], visit: PacketVisitor): void {
    const group = this.#group;
    for (let next = 0; next < streams.length; ) {
      group.length = 0;
      for (; next < streams.length && group.length < streamsAtOnce; next++) {
        const stream = streams[next];
        if (stream === undefined || stream.hadItsTurn(this.#tick)) continue;
        group.push(stream);
        this.#ask(stream);
      }
      this.#io.read?.(visit);
      for (let i = 0; i < group.length; i++) {
        this.#scratch.reset();
        this.#takeIn(group[i]);
        this.#giveOut(group[i]);
      }
    }
  }

  #ask(stream: TickedStream | undefined): void {
    const socket = stream?.socket ?? -1;
    if (socket >= 0) this.#io.ask?.(socket);
  }

  // A codec of a plug-in may throw: that stream falls silent, the others do not notice.

  #takeIn(stream: TickedStream | undefined): void {
    try {
      stream?.takeIn(this.#tick, this.#nowMs);
    } catch (fault) {
      stream?.disable(String(fault));
    }
  }

  #giveOut(stream: TickedStream | undefined): void {
    try {
      stream?.giveOut(this.#tick);
    } catch (fault) {
      stream?.disable(String(fault));
    }
  }
}
