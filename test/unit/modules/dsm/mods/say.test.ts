/** mod_say: text to speech, made once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realClock, SimClock, SimProcesses } from '../../../../../core/index.ts';
import { realProcesses } from '../../../../../core/runtime/real-processes.ts';
import { AudioCache } from '../../../../../di-modules/dsm/mods/audio-cache.ts';
import { say } from '../../../../../di-modules/dsm/mods/say/index.ts';
import { finishedWav } from '../../../../../di-modules/dsm/mods/say/wav.ts';
import { findProgram } from '../../../../support/peers.ts';
import { modServer, modSession } from './mod-session.ts';

/** A WAV file whose lengths are not known. */
function openWav(data: number): Uint8Array {
  const bytes = Buffer.alloc(44 + data);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(0x7ffff024, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.write('data', 36);
  bytes.writeUInt32LE(0x7ffff000, 40);
  return bytes;
}

function simulated(program: string | null, output: Uint8Array = openWav(10)) {
  const clock = new SimClock();
  const processes = new SimProcesses(clock);
  const texts: string[] = [];
  if (program !== null)
    processes.programs.set(program, (process) => {
      process.onInput = (bytes) => texts.push(Buffer.from(bytes).toString('utf8'));
      process.onInputEnd = () => {
        process.output(output);
        process.exit(output.length === 0 ? 1 : 0);
      };
    });
  const server = modServer({ clock, processes });
  const session = modSession([say], server, { variables: { n: '3' } });
  return {
    ...session,
    processes,
    texts,
    server,
    async say(list: string): Promise<void> {
      const running = session.run(list);
      await clock.advance(0);
      await running;
    },
  };
}

test('say makes a WAV of text and voice once, and plays it {dsm-modules}', async () => {
  const session = simulated('espeak-ng');
  await session.say('say("You have $n messages", en); say("You have $n messages", en);');
  assert.equal(session.get('errno'), '', session.get('strerror'));
  assert.deepEqual(session.texts, ['You have 3 messages']);
  assert.deepEqual(session.processes.started[0]?.args, ['--stdin', '--stdout', '-v', 'en']);
  assert.match(session.script.played[0] ?? '', /^\/data\/dsm\/say\/[0-9a-f]{40}\.wav/);
  assert.equal(session.script.played[0], session.script.played[1]);
  await session.say('say("You have $n messages", de);');
  assert.equal(session.texts.length, 2);
});

test('say takes flite where espeak-ng is not there {dsm-modules}', async () => {
  const session = simulated('flite');
  await session.say('say(hello);');
  assert.deepEqual([session.get('errno'), session.texts], ['', ['hello']]);
});

for (const [what, program, list, errno, reason] of [
  ['without a program', null, 'say(hello);', 'say', /apt-get install espeak-ng/],
  ['with a voice that is an option', 'espeak-ng', 'say(hello, -w);', 'arg', /voice/],
  ['of nothing', 'espeak-ng', 'say(" ");', 'arg', /text/],
] as const)
  test(`say ${what} is errno ${errno} {dsm-modules}`, async () => {
    const session = simulated(program);
    await session.say(list);
    assert.equal(session.get('errno'), errno);
    assert.match(session.get('strerror'), reason);
  });

test('say tells a program that fails {dsm-modules}', async () => {
  const session = simulated('espeak-ng', new Uint8Array(0));
  await session.say('say(hello);');
  assert.match(session.get('strerror'), /espeak-ng: status 1/);
});

test('a WAV from a pipe gets the lengths that it has {dsm-modules}', () => {
  const wav = Buffer.from(finishedWav(openWav(10)));
  assert.deepEqual([wav.readUInt32LE(4), wav.readUInt32LE(40)], [46, 10]);
  assert.deepEqual([...finishedWav(Uint8Array.of(1, 2))], [1, 2]);
});

test('what is cached is made once for all who ask at the same time {dsm-modules}', async () => {
  const { files } = modServer();
  const cache = new AudioCache(files, '/cache');
  let made = 0;
  const make = async () => {
    made++;
    return Uint8Array.of(1);
  };
  const paths = await Promise.all([cache.pathOf('a', 'wav', make), cache.pathOf('a', 'wav', make)]);
  assert.equal(made, 1);
  assert.equal(paths[0], paths[1]);
  await assert.rejects(cache.pathOf('b', 'wav', () => Promise.reject(new Error('no'))));
  assert.equal((await files.list('/cache')).length, 1);
});

test('espeak-ng speaks {dsm-modules}', {
  skip: findProgram('espeak-ng') === null ? 'not installed: espeak-ng' : false,
}, async () => {
  const server = modServer({ processes: realProcesses(), clock: realClock() });
  const { run, get, script } = modSession([say], server);
  await run('say("You have three new messages", en);');
  assert.equal(get('errno'), '', get('strerror'));
  const [path = ''] = (script.played[0] ?? '').split(' ');
  const wav = Buffer.from(await server.files.read(path));
  assert.ok(wav.length > 20_000);
  assert.equal(wav.readUInt32LE(4), wav.length - 8);
});
