import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeWav, encodeWav } from '../../core/index.ts';
import { phoneCommand } from '../../di-modules/phone/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'callbus-phone-'));

function tone(name: string, frequencyHz: number, sampleRateHz: number): string {
  const samples = Int16Array.from(
    { length: sampleRateHz },
    (_, i) => 6000 * Math.sin((2 * Math.PI * frequencyHz * i) / sampleRateHz),
  );
  writeFileSync(join(folder, name), encodeWav({ sampleRateHz, samples }));
  return join(folder, name);
}

/** Share of the energy of a recording that is at one frequency. */
function share(path: string, frequencyHz: number): number {
  const { samples, sampleRateHz } = decodeWav(readFileSync(path));
  let re = 0;
  let im = 0;
  let energy = 0;
  samples.forEach((sample, i) => {
    const angle = (2 * Math.PI * frequencyHz * i) / sampleRateHz;
    re += sample * Math.cos(angle);
    im += sample * Math.sin(angle);
    energy += sample * sample;
  });
  return (2 * (re * re + im * im)) / (samples.length * Math.max(1, energy));
}

function start(...args: string[]) {
  const out: string[] = [];
  let listening: (port: number) => void = () => {};
  const port = new Promise<number>((resolve) => {
    listening = resolve;
  });
  const abort = new AbortController();
  const stderr = (text: string) => {
    const match = /port (\d+)/.exec(text);
    if (match !== null) listening(Number(match[1]));
  };
  const code = phoneCommand.run(args, { stdout: (text) => void out.push(text), stderr, signal: abort.signal });
  return { port, code, abort, summary: () => JSON.parse(out.at(-1) ?? '{}') };
}

test('two lab phones call, speak, press keys, record and hang up {phone}', async () => {
  const heardByCallee = join(folder, 'callee-heard.wav');
  const heardByCaller = join(folder, 'caller-heard.wav');
  const callee = start('answer', '--play', tone('callee.wav', 850, 16000), '--record', heardByCallee);
  const uri = `sip:lab@127.0.0.1:${await callee.port}`;
  const caller = start(
    'call',
    uri,
    '--play',
    tone('caller.wav', 440, 8000),
    '--record',
    heardByCaller,
    '--keys',
    '1#',
    '--seconds',
    '2',
  );
  assert.deepEqual([await caller.code, await callee.code], [0, 0]);
  const [called, calling] = [callee.summary(), caller.summary()];
  assert.deepEqual([calling.status, calling.endedBy, called.endedBy, called.keysReceived], [200, 'us', 'peer', '1#']);
  assert.equal(called.packetsReceived, calling.packetsSent);
  assert.ok(calling.packetsSent >= 80 && calling.packetsSent <= 102, `${calling.packetsSent} packets in 2 s`);
  assert.ok(share(heardByCaller, 850) > 0.4 && share(heardByCaller, 440) < 0.01);
  assert.ok(share(heardByCallee, 440) > 0.3 && share(heardByCallee, 850) < 0.01);
});

test('a second call to a phone for one is refused, and the command says so with 1 {phone}', async () => {
  const callee = start('answer', '--seconds', '1');
  const uri = `sip:lab@localhost:${await callee.port}`;
  const first = start('call', uri, '--seconds', '0.4');
  const second = start('call', uri, '--seconds', '0.4');
  const codes = await Promise.all([first.code, second.code]);
  assert.deepEqual(codes.sort(), [0, 1]);
  assert.deepEqual([first.summary().status, second.summary().status].sort(), [200, 486]);
  assert.equal(await callee.code, 0);
});

test('a file that is not there and an interrupted wait end with 1 {phone}', async () => {
  assert.equal(await start('call', 'sip:lab@127.0.0.1:9', '--play', join(folder, 'none.wav')).code, 1);
  const waiting = start('answer');
  await waiting.port;
  waiting.abort.abort();
  assert.equal(await waiting.code, 1);
});
