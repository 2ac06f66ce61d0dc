/** One suite for the real and the simulated file system. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Files, MemoryFiles, realFiles } from '../../../core/runtime/index.ts';

const forms: readonly (readonly [string, () => Promise<{ files: Files; folder: string; clean(): Promise<void> }>])[] = [
  [
    'real',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'callbus-files-'));
      return { files: realFiles(), folder, clean: () => rm(folder, { recursive: true }) };
    },
  ],
  ['memory', async () => ({ files: new MemoryFiles(), folder: '/data', clean: async () => {} })],
];
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

for (const [name, form] of forms) {
  test(`${name} files: write, read, append, list, stat, remove`, async () => {
    const { files, folder, clean } = await form();
    const path = join(folder, 'deep/er/a.txt');
    await files.write(path, Buffer.from('one'));
    await files.append(path, Buffer.from(' two'));
    assert.equal(text(await files.read(path)), 'one two');
    await files.truncate(path, 5);
    assert.equal(text(await files.read(path)), 'one t');
    await assert.rejects(files.truncate(join(folder, 'nowhere'), 5), { code: 'file.missing' });
    await files.write(path, Buffer.from('new'));
    assert.equal(text(await files.read(path)), 'new');
    await files.write(join(folder, 'deep/b.txt'), Buffer.from(''));
    assert.deepEqual(await files.list(join(folder, 'deep')), ['b.txt', 'er']);
    assert.deepEqual(await files.list(join(folder, 'nowhere')), []);
    assert.equal((await files.stat(path))?.sizeBytes, 3);
    assert.equal((await files.stat(join(folder, 'deep')))?.isDirectory, true);
    assert.equal(await files.stat(join(folder, 'nowhere')), null);
    await files.remove(path);
    assert.equal(await files.stat(path), null);
    await files.makeDirectory(join(folder, 'made'));
    assert.equal((await files.stat(join(folder, 'made')))?.isDirectory, true);
    await clean();
  });

  test(`${name} files: times are set to the millisecond, and a write sets both anew`, async () => {
    const { files, folder, clean } = await form();
    const path = join(folder, 'a.txt');
    await files.write(path, Buffer.from('one'));
    await files.setTimes(path, { accessedUnixMs: 1_000_001_500, modifiedUnixMs: 1_000_000_500 });
    const found = await files.stat(path);
    assert.deepEqual([found?.accessedUnixMs, found?.modifiedUnixMs], [1_000_001_500, 1_000_000_500]);
    await files.write(path, Buffer.from('two'));
    assert.notEqual((await files.stat(path))?.modifiedUnixMs, 1_000_000_500);
    await assert.rejects(files.setTimes(join(folder, 'none'), { accessedUnixMs: 0, modifiedUnixMs: 0 }), {
      code: 'file.missing',
    });
    await clean();
  });

  test(`${name} files: what is missing or over the limit is refused with its path`, async () => {
    const { files, folder, clean } = await form();
    await assert.rejects(files.read(join(folder, 'none')), { code: 'file.missing', message: /none/ });
    await assert.rejects(files.remove(join(folder, 'none')), { code: 'file.missing' });
    await files.write(join(folder, 'big'), new Uint8Array(101));
    await assert.rejects(files.read(join(folder, 'big'), { limitBytes: 100 }), {
      code: 'file.tooLarge',
      message: /101 bytes, the limit is 100/,
    });
    await clean();
  });

  test(`${name} files: positioned writes are carried out in the order of the calls`, async () => {
    const { files, folder, clean } = await form();
    const path = join(folder, 'rec/a.wav');
    const file = await files.create(path);
    const writes = [
      file.write(Buffer.from('HEAD'), 0),
      file.write(Buffer.from('data'), 4),
      file.write(Buffer.from('head'), 0),
    ];
    await file.close();
    await file.close();
    await Promise.all(writes);
    assert.equal(text(await files.read(path)), 'headdata');
    await assert.rejects(file.write(Buffer.from('x'), 0), { code: 'file.failed' });
    await clean();
  });
}

test('real files: a failed write leaves no temporary file behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'callbus-files-'));
  const files = realFiles();
  await files.makeDirectory(join(folder, 'taken/inside'));
  await assert.rejects(files.write(join(folder, 'taken'), Buffer.from('x')), { code: 'file.failed' });
  assert.deepEqual(await readdir(folder), ['taken']);
  await rm(folder, { recursive: true });
});

test('real files: a device or a pipe is not read', async () => {
  await assert.rejects(realFiles().read('/dev/zero'), { code: 'file.failed', message: /not a plain file/ });
});

test('memory files: reads fall through to a base, writes do not', async () => {
  const base = new MemoryFiles();
  await base.write('/prompts/a.wav', Buffer.from('base'));
  const files = new MemoryFiles({ base });
  assert.equal(text(await files.read('/prompts/a.wav')), 'base');
  await files.write('/prompts/b.wav', Buffer.from('own'));
  assert.deepEqual(await files.list('/prompts'), ['a.wav', 'b.wav']);
  assert.deepEqual(base.names, ['/prompts/a.wav']);
});
