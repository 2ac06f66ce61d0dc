/**
 * `npm run demo`: the main job on real input. A server on free ports; three lab phones (a SIP stack
 * that is not ours) in one conference, each with a tone of its own. One is muted over JSON-RPC, one
 * kicked over XML-RPC, a fourth is dialled out; monitoring is asked, and the WAV of what one of them
 * heard is judged by its spectrum, phase by phase. Exit code 1 if anything was not so.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeWav, encodeWav } from '../../core/index.ts';
import { startLiveServer } from '../support/live-server.ts';
import { levelAt } from '../support/tones.ts';
import { check, type Heard, judge } from './judge.ts';
import { startLabPhone } from './lab-phone.ts';
import { jsonCall, xmlCall } from './rpc.ts';

const room = '7001';
const tones = { ann: 440, bob: 620, cleo: 850, dora: 1130 } as const;
type Name = keyof typeof tones;

const folder = mkdtempSync(join(tmpdir(), 'callbus-demo-'));
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

for (const [name, frequencyHz] of Object.entries(tones)) {
  const samples = new Int16Array(8000 * 30);
  for (let i = 0; i < samples.length; i++) samples[i] = 6000 * Math.sin((2 * Math.PI * frequencyHz * i) / 8000);
  writeFileSync(join(folder, `${name}.wav`), encodeWav({ sampleRateHz: 8000, samples }));
}

// 7xxx is a room of webconference.
const server = await startLiveServer({
  config: {
    routing: [{ match: '^sip:7[0-9]+@', application: 'webconference' }],
    modules: { webconference: { direct_room_re: '^7' }, conference: {}, monitoring: {}, di_dial: {} },
  },
});
say(`server ready: ${JSON.stringify(server.ready)}`);
try {
  await demo();
} finally {
  await server.stop();
}
say(`recordings: ${folder}`);
process.exitCode = judge(say) ? 0 : 1;

async function demo(): Promise<void> {
  const { sipPort, http } = server;
  const uri = `sip:${room}@127.0.0.1:${sipPort}`;
  const record = (name: Name): string => join(folder, `${name}-heard.wav`);
  const phones = {
    ann: startLabPhone([
      'call',
      uri,
      '--play',
      join(folder, 'ann.wav'),
      '--record',
      record('ann'),
      '--from',
      'sip:ann@127.0.0.1',
      '--seconds',
      '17',
    ]),
    bob: startLabPhone([
      'call',
      uri,
      '--play',
      join(folder, 'bob.wav'),
      '--record',
      record('bob'),
      '--from',
      'sip:bob@127.0.0.1',
      '--seconds',
      '17',
    ]),
    cleo: startLabPhone([
      'call',
      uri,
      '--play',
      join(folder, 'cleo.wav'),
      '--record',
      record('cleo'),
      '--from',
      'sip:cleo@127.0.0.1',
      '--seconds',
      '17',
    ]),
  };
  await Promise.all(Object.values(phones).map((phone) => phone.answered));
  await wait(500);
  const startMs = await phones.ann.answered;
  const at = (): number => Date.now() - startMs;

  // The prompt and the join sounds are over before the spectrum is judged.
  await wait(4500);
  const talk: Heard = { from: at() - 1500, to: at(), by: 'ann', hears: ['bob', 'cleo'] };

  const pin = '123456';
  const info = await jsonCall(http, 'webconference.roomInfo', [room, pin]);
  check(
    'roomInfo lists three participants',
    Array.isArray(info) && Array.isArray(info[2]) && info[2].length === 3,
    info,
  );
  const participants = (Array.isArray(info) && Array.isArray(info[2]) ? info[2] : []).map(String);
  const tags = Array.isArray(info) && Array.isArray(info[2]) ? info[2].filter(Array.isArray) : [];
  const tagOf = (name: Name): string => String(tags.find((row) => String(row[1]).includes(`${name}@`))?.[0] ?? '');
  say(`\nroom ${room}:\n${participants.map((line) => `  ${line}`).join('\n')}`);
  await table(http, 'three in the room');

  check('mute over JSON-RPC', codeOf(await jsonCall(http, 'webconference.mute', [room, pin, tagOf('bob')])) === 0);
  await wait(2000);
  const muted: Heard = { from: at() - 1400, to: at(), by: 'ann', hears: ['cleo'] };

  const kicked = phones.cleo.ended;
  check('kickout over XML-RPC', codeOf(await xmlCall(http, 'webconference.kickout', [room, pin, tagOf('cleo')])) === 0);
  await kicked;
  await wait(2200);
  const alone: Heard = { from: at() - 1000, to: at(), by: 'ann', hears: [] };

  const dora = startLabPhone(['answer', '--port', '0', '--play', join(folder, 'dora.wav'), '--seconds', '5']);
  const [doraTag] = (await jsonCall(http, 'di_dial.dial', [
    'conference',
    room,
    `sip:${room}@127.0.0.1`,
    `sip:dora@127.0.0.1:${await dora.port}`,
  ])) as string[];
  check('di_dial gives a call tag', typeof doraTag === 'string' && doraTag.length >= 24, doraTag);
  await dora.answered;
  await wait(2500);
  const dialled: Heard = { from: at() - 1200, to: at(), by: 'ann', hears: ['dora'] };
  const active = await jsonCall(http, 'monitoring.listActive', []);
  check('monitoring lists the dialled call', Array.isArray(active) && active.includes(doraTag), active);
  const [record0] = (await jsonCall(http, 'monitoring.get', [doraTag])) as [Record<string, unknown>?];
  check(
    'monitoring knows its direction and application',
    record0?.['dir'] === 'out' && record0?.['app'] === 'conference',
    record0,
  );
  await table(http, 'dora was dialled out');

  const summary = await phones.ann.ended;
  await Promise.all([phones.bob.ended, dora.ended]);
  check('ann got 50 packets a second', summary.packetsReceived > 15 * 50, summary);

  const heard = decodeWav(readFileSync(record('ann')));
  for (const phase of [talk, muted, alone, dialled]) {
    const part = heard.samples.subarray(Math.max(0, phase.from * 8), phase.to * 8);
    for (const name of Object.keys(tones) as Name[]) {
      if (name === 'ann') continue;
      const level = levelAt(part, tones[name]);
      const expected = phase.hears.includes(name);
      check(
        `${(phase.from / 1000).toFixed(1)}–${(phase.to / 1000).toFixed(1)} s: ann ${expected ? 'hears' : 'does not hear'} ${name}`,
        expected ? level > 1000 : level < 200,
        Math.round(level),
      );
    }
    check(`${(phase.from / 1000).toFixed(1)} s: ann does not hear herself`, levelAt(part, tones.ann) < 200);
  }
}

function codeOf(reply: unknown): unknown {
  return Array.isArray(reply) ? reply[0] : reply;
}

/** The live table: one line a call, from monitoring. */
async function table(http: string, title: string): Promise<void> {
  const tags = (await jsonCall(http, 'monitoring.listActive', [])) as string[];
  say(`\n${title}\n  ${'call'.padEnd(26)}${'dir'.padEnd(5)}${'app'.padEnd(15)}from`);
  for (const tag of tags) {
    const [attributes = {}] = (await jsonCall(http, 'monitoring.get', [tag])) as [Record<string, unknown>?];
    say(
      `  ${tag.slice(0, 24).padEnd(26)}${String(attributes['dir']).padEnd(5)}${String(attributes['app']).padEnd(15)}${attributes['from']}`,
    );
  }
}
