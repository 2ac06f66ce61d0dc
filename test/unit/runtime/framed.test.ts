import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameReader, maxFrameBytes, writeFrame } from '../../../core/runtime/index.ts';

/** Two frames of two and three bytes, as they travel. */
const wire = Uint8Array.of(0, 2, 7, 8, 0, 3, 1, 2, 3);

function reader(received?: Uint8Array): { readonly frames: number[][]; readonly reader: FrameReader } {
  const frames: number[][] = [];
  return { frames, reader: new FrameReader((frame, length) => frames.push([...frame.subarray(0, length)]), received) };
}

test('frames are put together out of pieces of any length {one-port}', () => {
  for (let piece = 1; piece <= wire.length; piece++) {
    const { frames, reader: frameReader } = reader();
    for (let at = 0; at < wire.length; at += piece) {
      const bytes = wire.slice(at, at + piece);
      assert.equal(frameReader.push(bytes, bytes.length), true);
    }
    assert.deepEqual(
      frames,
      [
        [7, 8],
        [1, 2, 3],
      ],
      `pieces of ${piece}`,
    );
  }
});

test('a reader says how many bytes it needs next, so that nothing after a frame is read', () => {
  const { reader: frameReader } = reader();
  const needs: number[] = [];
  for (const byte of wire.subarray(0, 5)) {
    needs.push(frameReader.missing);
    frameReader.push(Uint8Array.of(byte), 1);
  }
  assert.deepEqual(needs, [2, 1, 2, 1, 2]);
});

test('a frame in the making goes on in another reader, wherever it was cut', () => {
  for (let cut = 0; cut <= wire.length; cut++) {
    const before = reader();
    before.reader.push(wire, cut);
    const after = reader(before.reader.rest());
    const left = wire.slice(cut);
    after.reader.push(left, left.length);
    assert.deepEqual(
      [...before.frames, ...after.frames],
      [
        [7, 8],
        [1, 2, 3],
      ],
      `cut at ${cut}`,
    );
  }
});

test('empty frames are left out, and a frame that is too long is no frame', () => {
  const { frames, reader: frameReader } = reader();
  assert.equal(frameReader.push(Uint8Array.of(0, 0, 0, 0, 0, 1, 9), 7), true);
  assert.deepEqual(frames, [[9]]);
  const tooLong = maxFrameBytes + 1;
  assert.equal(frameReader.push(Uint8Array.of(tooLong >> 8, tooLong & 0xff), 2), false);
});

test('a packet is written behind its length', () => {
  const target = new Uint8Array(5);
  assert.equal(writeFrame(target, Uint8Array.of(1, 2, 3, 4), 3), 5);
  assert.deepEqual([...target], [0, 3, 1, 2, 3]);
});
