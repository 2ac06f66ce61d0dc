/**
 * Many datagrams with one system call: `io_uring` (Linux 6.1 and later) through koffi. Each request
 * is complete when `io_uring_enter` returns, for none may block (`MSG_DONTWAIT`), so nothing is ever
 * in flight: the ring is a way to make 64 calls at the price of one, nothing else.
 */
import type { UringCalls } from './libc.ts';
import { linux } from './libc.ts';
import type { SockAddr, SocketHandle } from './packet-io.ts';

/** Requests of one kind that one call carries. */
export const uringBatch = 64;
const entries = 2 * uringBatch;

// include/uapi/linux/io_uring.h
const IORING_SETUP_SUBMIT_ALL = 1 << 7;
const IORING_SETUP_SINGLE_ISSUER = 1 << 12;
const IORING_SETUP_DEFER_TASKRUN = 1 << 13;
const IORING_FEAT_SINGLE_MMAP = 1;
const IORING_OP_RECVMSG = 10;
const IORING_OP_SEND = 26;
const IORING_ENTER_GETEVENTS = 1;
const IORING_OFF_SQES = 0x1000_0000;
const paramsBytes = 120;
const sqOffsetsAt = 40;
const cqOffsetsAt = 80;
const sqeBytes = 64;
const cqeWords = 4;
/** An interrupted call has done its work or nothing: what is left is asked for again. */
const maxTries = 8;

// Of a slot: the packet, then the peer's address, `struct msghdr` and `struct iovec`. Slots are an odd
// number of cache lines apart: a power of two would put all of them into the same places of the cache.
export const uringPacketBytes = 4096;
const nameAt = uringPacketBytes;
const addressBytes = 32;
const msghdrAt = nameAt + addressBytes;
const msghdrNamelenAt = msghdrAt + 8;
const iovecAt = msghdrAt + 56;
const slotBytes = uringPacketBytes + 3 * 64;
/** Of a `sockaddr_in6`. */
const longestAddressWords = 7;

export class Uring {
  readonly #calls: UringCalls;
  readonly #fd: number;
  readonly #ringAddress: number;
  readonly #ringBytes: number;
  readonly #sqesAddress: number;
  readonly #sqTail: Int32Array;
  readonly #sqArray: Int32Array;
  readonly #sqMask: number;
  readonly #cqHead: Int32Array;
  readonly #cqTail: Int32Array;
  readonly #cqes: Int32Array;
  readonly #cqMask: number;
  /** The requests as words: the first half receives, the second half sends. */
  readonly #sqes: Int32Array;
  readonly #memory = new Uint8Array(entries * slotBytes);
  readonly #words = new Int32Array(this.#memory.buffer);
  /** By slot: whose packet is asked for, and what the kernel said. */
  readonly #receivers = new Int32Array(uringBatch);
  readonly #results = new Int32Array(entries);
  readonly #senders = new Int32Array(uringBatch);
  #receives = 0;
  #sends = 0;
  /** The buffer that is sent most, and its words. */
  #source: Uint8Array = new Uint8Array(0);
  #sourceWords: Int32Array = new Int32Array(0);

  private constructor(calls: UringCalls, fd: number, params: Int32Array) {
    const sq = sqOffsetsAt / 4;
    const cq = cqOffsetsAt / 4;
    const word = (at: number): number => params[at] as number;
    this.#calls = calls;
    this.#fd = fd;
    this.#ringBytes = Math.max(word(sq + 6) + word(0) * 4, word(cq + 5) + word(1) * cqeWords * 4);
    this.#ringAddress = calls.map(fd, this.#ringBytes, 0);
    this.#sqesAddress = calls.map(fd, entries * sqeBytes, IORING_OFF_SQES);
    const ring = calls.view(this.#ringAddress, this.#ringBytes);
    const at = (offset: number, length: number): Int32Array => new Int32Array(ring, offset, length);
    this.#sqTail = at(word(sq + 1), 1);
    this.#sqMask = at(word(sq + 2), 1)[0] as number;
    this.#sqArray = at(word(sq + 6), word(0));
    this.#cqHead = at(word(cq), 1);
    this.#cqTail = at(word(cq + 1), 1);
    this.#cqMask = at(word(cq + 2), 1)[0] as number;
    this.#cqes = at(word(cq + 5), word(1) * cqeWords);
    this.#sqes = new Int32Array(calls.view(this.#sqesAddress, entries * sqeBytes));
    this.#prepare();
  }

  /** Null where the kernel has none, or forbids it. */
  static open(calls: UringCalls): Uring | null {
    const params = new Int32Array(paramsBytes / 4);
    params[2] = IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    const fd = calls.setup(entries, params);
    if (fd < 0) return null;
    if (((params[5] as number) & IORING_FEAT_SINGLE_MMAP) === 0) {
      calls.close(fd);
      return null;
    }
    try {
      return new Uring(calls, fd, params);
    } catch {
      calls.close(fd); // no memory to lock, most likely
      return null;
    }
  }

  /** All of the requests that never changes. */
  #prepare(): void {
    const base = this.#calls.address(this.#memory);
    const view = new DataView(this.#memory.buffer);
    const sqes = new DataView(this.#sqes.buffer, this.#sqes.byteOffset);
    for (let i = 0; i < entries; i++) {
      const slot = i * slotBytes;
      const sqe = i * sqeBytes;
      const isSend = i >= uringBatch;
      sqes.setUint8(sqe, isSend ? IORING_OP_SEND : IORING_OP_RECVMSG);
      sqes.setUint32(sqe + 32, i, true); // user_data
      if (isSend) {
        setAddress(sqes, sqe + 8, base + slot + nameAt);
        setAddress(sqes, sqe + 16, base + slot);
        sqes.setUint32(sqe + 28, linux.MSG_DONTWAIT | linux.MSG_NOSIGNAL, true);
        continue;
      }
      setAddress(sqes, sqe + 16, base + slot + msghdrAt);
      sqes.setUint32(sqe + 24, 1, true);
      sqes.setUint32(sqe + 28, linux.MSG_DONTWAIT | linux.MSG_TRUNC, true);
      setAddress(view, slot + msghdrAt, base + slot + nameAt);
      setAddress(view, slot + msghdrAt + 16, base + slot + iovecAt);
      setAddress(view, slot + msghdrAt + 24, 1);
      setAddress(view, slot + iovecAt, base + slot);
      setAddress(view, slot + iovecAt + 8, uringPacketBytes);
    }
  }

  /** Adds a request to the next call. */
  #push(slot: number, socket: SocketHandle): void {
    const tail = this.#sqTail[0] as number;
    this.#sqes[slot * (sqeBytes / 4) + 1] = socket;
    this.#sqArray[tail & this.#sqMask] = slot;
    this.#sqTail[0] = (tail + 1) | 0;
  }

  /** Makes the call and notes the results. One thread, and a system call between: no barrier is needed. */
  #enter(count: number): void {
    let left = count;
    for (let tries = 0; left > 0 && tries < maxTries; tries++) {
      const done = this.#calls.enter(this.#fd, left, left, IORING_ENTER_GETEVENTS);
      if (done > 0) left -= done;
    }
    const tail = this.#cqTail[0] as number;
    let head = this.#cqHead[0] as number;
    for (; head !== tail; head = (head + 1) | 0) {
      const at = (head & this.#cqMask) * cqeWords;
      this.#results[this.#cqes[at] as number] = this.#cqes[at + 2] as number;
    }
    this.#cqHead[0] = head;
  }

  // --- receiving ---

  /** Asks for one packet of `socket`; true: the batch is full, `receive` now. */
  want(socket: SocketHandle): boolean {
    const slot = this.#receives++;
    this.#receivers[slot] = socket;
    return this.#receives === uringBatch;
  }

  /** Receives what was asked for; returns how many results there are. */
  receive(): number {
    const count = this.#receives;
    this.#receives = 0;
    for (let slot = 0; slot < count; slot++) {
      this.#words[(slot * slotBytes + msghdrNamelenAt) >> 2] = addressBytes;
      this.#results[slot] = -linux.EAGAIN;
      this.#push(slot, this.#receivers[slot] as number);
    }
    this.#enter(count);
    return count;
  }

  receiver(slot: number): SocketHandle {
    return this.#receivers[slot] as number;
  }

  /** Length of the packet, before it was cut; negative: the error's number. */
  received(slot: number): number {
    return this.#results[slot] as number;
  }

  /** Copies the packet and where it came from; returns the length of the address. */
  take(slot: number, packet: Int32Array, from: Int32Array): number {
    const words = this.#words;
    const start = (slot * slotBytes) >> 2;
    const count = (Math.min(this.#results[slot] as number, uringPacketBytes) + 3) >> 2;
    for (let i = 0; i < count; i++) packet[i] = words[start + i] as number;
    for (let i = 0; i < longestAddressWords; i++) from[i] = words[start + (nameAt >> 2) + i] as number;
    return words[start + (msghdrNamelenAt >> 2)] as number;
  }

  // --- sending ---

  /** Adds a packet; true: the batch is full, `send` now. */
  add(socket: SocketHandle, packet: Uint8Array, length: number, to: SockAddr): boolean {
    const index = this.#sends++;
    const slot = uringBatch + index;
    const at = slot * slotBytes;
    const words = this.#words;
    if (packet !== this.#source) this.#know(packet);
    const source = this.#sourceWords;
    const count = (length + 3) >> 2;
    if (count <= source.length) for (let i = 0; i < count; i++) words[(at >> 2) + i] = source[i] as number;
    else this.#memory.set(packet.subarray(0, length), at);
    const { bytes } = to;
    for (let i = 0; i < to.length; i++) this.#memory[at + nameAt + i] = bytes[i] as number;
    const sqe = slot * (sqeBytes / 4);
    this.#sqes[sqe + 6] = length;
    this.#sqes[sqe + 11] = to.length; // addr_len and its padding
    this.#senders[index] = socket;
    return this.#sends === uringBatch;
  }

  /** Packets that are long or lie askew are copied byte by byte. */
  #know(packet: Uint8Array): void {
    this.#source = packet;
    this.#sourceWords =
      packet.byteOffset % 4 === 0
        ? new Int32Array(packet.buffer, packet.byteOffset, packet.length >> 2)
        : new Int32Array(0);
  }

  /** Sends what was added; `refused` is told whose packets the kernel did not take. */
  send(refused: (socket: SocketHandle) => void): void {
    const count = this.#sends;
    if (count === 0) return;
    this.#sends = 0;
    for (let index = 0; index < count; index++) this.#push(uringBatch + index, this.#senders[index] as number);
    this.#enter(count);
    for (let index = 0; index < count; index++) {
      if ((this.#results[uringBatch + index] as number) < 0) refused(this.#senders[index] as number);
    }
  }

  get descriptor(): number {
    return this.#fd;
  }

  dispose(): void {
    this.#calls.close(this.#fd);
    this.#calls.unmap(this.#ringAddress, this.#ringBytes);
    this.#calls.unmap(this.#sqesAddress, entries * sqeBytes);
  }
}

function setAddress(view: DataView, at: number, address: number): void {
  view.setBigUint64(at, BigInt(address), true);
}
