import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodecStore, disposeCodecs } from '../../../../core/media/worker/codec-store.ts';
import { defaultOpusSettings } from '../../../../core/media/worker/codecs/opus-format.ts';
import { importCodecs } from '../../../../core/media/worker/plugins.ts';
import type { CodecRecord } from '../../../../core/media/worker/records.ts';

const module = (source: string): string => `data:text/javascript,${encodeURIComponent(source)}`;
const record = `{ name: 'x', clockRateHz: 8000, sampleRateHz: 8000, channels: 1, maxFrameBytes: 10, create() {} }`;
const settings = { opus: defaultOpusSettings };

test('a codec module is asked with the configuration, and tells what it lacks {opus}', async () => {
  const url = module(`
    export const codecs = [];
    export const configureCodecs = ({ opus }) => ({
      codecs: [{ ...${record}, sampleRateHz: opus.sampleRateHz }],
      unavailable: [{ name: 'y', reason: 'apt install liby' }],
    });`);
  const { codecs, unavailable } = await importCodecs([url], settings);
  assert.equal(codecs[0]?.sampleRateHz, 16_000);
  assert.deepEqual(unavailable, [{ name: 'y', reason: 'apt install liby' }]);
  assert.equal((await importCodecs([url])).codecs.length, 0);
});

test('a module without configureCodecs, or without anything unavailable, is as good', async () => {
  const { codecs, unavailable } = await importCodecs([module(`export const codecs = [${record}];`)], settings);
  assert.equal(codecs.length, 1);
  assert.deepEqual(unavailable, []);
});

test('a module whose lists are none is refused with its address', async () => {
  const wrong = [
    'export const codecs = 1;',
    `export const codecs = [{ name: 'x' }];`,
    'export const codecs = []; export const unavailable = [1];',
    'export const codecs = []; export const configureCodecs = () => 1;',
    `export const codecs = []; export const configureCodecs = () => { throw new Error('no'); };`,
  ];
  for (const source of wrong) {
    await assert.rejects(importCodecs([module(source)], settings), (fault: unknown) => {
      return fault instanceof Error && 'code' in fault && fault.code === 'module.failed';
    });
  }
});

test('a store makes one instance for each stream with a state, and frees only those', () => {
  let disposed = 0;
  const make = (name: string, hasState: boolean): CodecRecord => ({
    name,
    clockRateHz: 8000,
    sampleRateHz: 8000,
    channels: 1,
    staticPayloadType: null,
    fmtp: null,
    maxFrameBytes: 1,
    create: () => ({
      encode: () => 0,
      decode: () => 0,
      dispose: () => {
        disposed++;
      },
      ...(hasState ? { snapshot: () => 1 } : {}),
    }),
  });
  const store = new CodecStore([make('shared', false), make('own', true)]);
  const shared = store.find('SHARED', 8000, 1);
  assert.equal(store.find('shared', 8000, 1), shared);
  const own = store.find('own', 8000, 1);
  assert.notEqual(store.find('own', 8000, 1), own);
  assert.equal(store.find('own', 16_000, 1), null);
  disposeCodecs([shared, own, null]);
  assert.equal(disposed, 1);
});
