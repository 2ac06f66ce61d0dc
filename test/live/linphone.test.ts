/** linphone's command line as a phone: its own stack, its own media, hold and transfers as its users press them. */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeWav, encodeWav, resample } from '../../core/media/index.ts';
import { freePort } from '../support/free-ports.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';
import { type Peer, skipWithout, startPeer } from '../support/peers.ts';
import { levelAt } from '../support/tones.ts';

const skip = skipWithout('linphonec');
const toneHz = 700;

interface Linphone {
  readonly peer: Peer;
  readonly sipPort: number;
  /** Types a command. */
  type(command: string): void;
  /** What it heard so far, at 8 kHz. */
  heard(): Promise<Int16Array>;
}

/** A linphonec that plays a tone into its calls and records what it hears, on loopback only. */
async function startLinphone(server: LiveServer, name: string): Promise<Linphone> {
  const folder = join(server.folder, name);
  await mkdir(join(folder, '.local/share/linphone'), { recursive: true });
  const [sipPort, mediaPort] = [await freePort(), await freePort()];
  const samples = Int16Array.from({ length: 8000 * 30 }, (_, i) => 8000 * Math.sin((2 * Math.PI * toneHz * i) / 8000));
  await writeFile(join(folder, 'says.wav'), encodeWav({ sampleRateHz: 8000, samples }));
  await writeFile(
    join(folder, 'config'),
    [
      '[sip]',
      `sip_port=${sipPort}`,
      `sip_tcp_port=${sipPort}`,
      'sip_tls_port=-1',
      'use_ipv6=0',
      'bind_address=127.0.0.1',
      `contact="${name}" <sip:${name}@127.0.0.1>`,
      'guess_hostname=0',
      '[rtp]',
      `audio_rtp_port=${mediaPort}`,
      'bind_address=127.0.0.1',
      '',
    ].join('\n'),
  );
  const peer = startPeer('linphonec', ['-c', join(folder, 'config')], {
    limitMs: 40_000,
    environment: { HOME: folder },
  });
  const type = (command: string): void => peer.write(`${command}\n`);
  await peer.shows(/linphonec>/, 10_000);
  type('soundcard use files');
  await peer.shows(/Using wav files/);
  type(`play ${join(folder, 'says.wav')}`);
  type(`record ${join(folder, 'heard.wav')}`);
  type('ipv6 disable');
  await peer.shows(/ipv6 use disabled/);
  return {
    peer,
    sipPort,
    type,
    async heard() {
      const wav = decodeWav(await readFile(join(folder, 'heard.wav')));
      return wav.sampleRateHz === 8000 ? wav.samples : resample(wav.samples, wav.sampleRateHz, 8000);
    },
  };
}

async function noCallLeft(server: LiveServer): Promise<void> {
  for (let attempt = 0; attempt < 50 && (await server.rpc('calls')) !== 0; attempt++) await pause(100);
  assert.equal(await server.rpc('calls'), 0);
}

test('linphone calls the echo, hears itself, holds, takes it up again and hangs up {interop-linphone}', {
  skip,
  timeout: 60_000,
}, async () => {
  const server = await startLiveServer({ config: { modules: { echo: {} } } });
  const phone = await startLinphone(server, 'ann');
  try {
    phone.type(`call sip:echo@127.0.0.1:${server.sipPort}`);
    await phone.peer.shows(/Call 1 with .* connected/, 10_000);
    await pause(3000);
    phone.type('pause 1');
    await phone.peer.shows(/is now paused|Call 1 .*paused/i, 10_000);
    phone.type('resume 1');
    await phone.peer.shows(/resumed|resuming/i, 10_000);
    await pause(1500);
    phone.type('terminate');
    await phone.peer.shows(/Call 1 .* ended \(No error\)/, 10_000);
    await noCallLeft(server);
    phone.type('quit');
    await phone.peer.ended;
    const heard = await phone.heard();
    const level = levelAt(heard.subarray(8000, 16_000), toneHz);
    assert.ok(level > 1000, `its own tone has level ${level.toFixed(0)} of ${heard.length} samples`);
  } finally {
    await phone.peer.stop();
    await server.stop();
  }
});

test('the server calls linphone, which answers {interop-linphone}', { skip, timeout: 60_000 }, async () => {
  const server = await startLiveServer({ config: { modules: { echo: {}, di_dial: {} } } });
  const phone = await startLinphone(server, 'bob');
  try {
    await server.rpc('di_dial.dial', ['echo', 'x', 'sip:us@127.0.0.1', `sip:bob@127.0.0.1:${phone.sipPort}`]);
    await phone.peer.shows(/Receiving new incoming call|is contacting you/i, 10_000);
    phone.type('answer');
    await phone.peer.shows(/connected|Media streams established/, 10_000);
    await pause(1000);
    phone.type('terminate');
    await phone.peer.shows(/ended \(No error\)/, 10_000);
    await noCallLeft(server);
  } finally {
    await phone.peer.stop();
    await server.stop();
  }
});
