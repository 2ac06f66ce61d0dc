/** Events that come from beside the call: JSON-RPC, timers of sessions, silence, a late offer, the server's end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { dsmWorld, placeOf, toneFile, variableOf } from './dsm-world.ts';

const script = (more: string, enter = ''): string =>
  `initial state A enter { ${enter} }; state B; state C; state end; ${more} transition "bye" (A, B, C) - hangup / stop(false) -> end;`;

test('requests and responses of JSON-RPC peers are events with their values laid out {dsm-calls}', async () => {
  const w = await dsmWorld({
    s: script(
      `transition "q" A - jsonRpcRequest(#method==move) / { set($x=#params.to[1]); set($n=#is_notify); } -> B;
       transition "r" B - jsonRpcResponse(#is_error==false) / { set($r=#result.ok); set($u=#udata); } -> C;`,
      'registerEventQueue(peer);',
    ),
  });
  await w.phone.call('x');
  const post = (name: string, data: object): boolean =>
    w.server.calls.mailboxes.post('peer', { kind: 'posted', name, data: data as never });
  assert.ok(
    post('jsonrpc.request', { queue: 'peer', connection: 'c', method: 'move', id: '', params: { to: [1, 'b'] } }),
  );
  post('jsonrpc.response', {
    queue: 'peer',
    connection: 'c',
    id: '7',
    isError: false,
    value: { ok: true },
    userData: 'mine',
  });
  await w.advance(200);
  assert.equal(await placeOf(w), 's/C');
  const got = ['x', 'n', 'r', 'u'].map((name) => variableOf(w, name));
  assert.deepEqual(await Promise.all(got), ['b', 'true', 'true', 'mine']);
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('RTP that stays away: keyword and test match; the call ends unless #processed, or as configured {dsm-calls}', async () => {
  for (const [how, dsm, stays] of [
    ['', {}, false],
    ['set(#processed=true);', {}, true],
    ['', { rtp_timeout: 'ignore' }, true],
    ['monitorRTPTimeout(false);', {}, true],
  ] as const) {
    const enter = how.startsWith('monitor') ? how : '';
    const w = await dsmWorld(
      {
        s: script(
          `transition "t" A - rtpTimeout(#type==rtp_timeout) / { set($t=1); ${enter === '' ? how : ''} } -> B;`,
          enter,
        ),
      },
      { dsm, config: { media: { rtpTimeoutMs: 3000 } } },
    );
    const call = await w.phone.call('x');
    call.audio.sending = false;
    await w.advance(5000);
    assert.equal(call.state === 'talking', stays, how);
    if (stays) {
      assert.equal(await placeOf(w), enter === '' ? 's/B' : 's/A');
      await call.bye();
    }
    await assertNothingLeft(w);
  }
});

test('an INVITE without an offer: sessionStart comes with the ACK {dsm-calls}', async () => {
  const files = { '/a.wav': await toneFile(400, 5000) };
  const w = await dsmWorld({ s: script('transition "s" A - sessionStart / playFile(/a.wav) -> B;') }, { files });
  const call = await w.phone.dial('x', { lateOffer: true });
  call.dialog.onEvent = ({ kind }) => {
    if (kind === 'answered') call.dialog.acknowledge(call.sdp());
  };
  await w.advance(500);
  assert.equal(await placeOf(w), 's/B');
  call.drop();
  call.dialog.end();
  await w.advance(500);
  await assertNothingLeft(w);
});

test('mute, disconnectMedia and connectMedia: the playlist stands still while it is detached {dsm-calls}', async () => {
  const files = { '/a.wav': await toneFile(400, 3000), '/b.wav': await toneFile(900, 3000) };
  const w = await dsmWorld(
    {
      s: script(
        `transition "1" A - key(#key==1) / mute() -> A; transition "2" A - key(#key==2) / unmute() -> A;
         transition "3" A - key(#key==3) / { disconnectMedia(); setTimer(1, 20); } -> B;
         transition "t" B - timer / connectMedia() -> C;`,
        'playFile(/a.wav); playFile(/b.wav);',
      ),
    },
    { files },
  );
  await w.phone.call('x');
  await w.phone.hears(tone(400));
  await w.phone.press('1');
  await w.advance(300);
  const sent = w.phone.current.audio.heardMs;
  await w.advance(500);
  assert.equal(w.phone.current.audio.heardMs, sent);
  await w.phone.press('2');
  await w.phone.hears(tone(400));
  await w.phone.press('3');
  await w.advance(10_000);
  assert.equal(await placeOf(w), 's/B');
  await w.advance(10_000);
  await w.phone.hears(tone(400), { limitMs: 2000 });
  await w.phone.hears(tone(900), { limitMs: 4000 });
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('keys out: by number and in a sequence; silence, a tone, a looped file {dsm-calls}', async () => {
  const files = { '/a.wav': await toneFile(400, 200) };
  const w = await dsmWorld(
    {
      s: script(
        `transition "s" A - sessionStart / { sendDTMF(10); sendDTMFSequence(1x2#, 100); } -> B;
         transition "k" B - key / { flushPlaylist(); set($t.f=700); set($t.length=60000); set($t.on=60000); playRingtone(t); } -> C;`,
        'playSilence(500); playFile(/a.wav, true);',
      ),
    },
    { files },
  );
  await w.phone.call('x');
  await w.phone.hears(tone(400));
  await w.advance(3000);
  await w.phone.press('1');
  await w.phone.hears(tone(700), { without: [tone(400)] });
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('a throw in one call, a fault of a module: other calls know nothing of it {dsm-calls}', async () => {
  const w = await dsmWorld({ s: script('transition "k" A - key / { throw(boo, a=1); } -> B;') });
  const bob = await w.newPhone('bob');
  await w.phone.call('x');
  await bob.call('x');
  await w.phone.press('1');
  await w.advance(300);
  const sessions = (await w.invoke('dsm.sessions')) as readonly { readonly state: string }[];
  assert.deepEqual(
    sessions.map(({ state }) => state),
    ['A', 'A'],
  );
  await w.phone.bye();
  await bob.bye();
  await assertNothingLeft(w);
});

test('a drain tells scripts; #processed keeps the call a while {dsm-calls}', async () => {
  const w = await dsmWorld({
    s: script(
      'transition "d" A - system(#type==ServerShutdown) / { set(#processed=true); setTimer(1, 1); } -> B; transition "t" B - timer / stop(true) -> C;',
    ),
  });
  const call = await w.phone.call('x');
  const drained = w.server.drain(500);
  await call.isHungUp({ limitMs: 4000 });
  await w.driver.during(drained, 10_000, 'the drain');
  await w.advance(40_000);
});

test('system: User1 and User2 reach scripts with and without a call, the end of the server those without {dsm-calls}', async () => {
  const note = (name: string): string => `log(1, "${name} heard");`;
  const w = await dsmWorld(
    {
      call: 'initial state A; state B; transition "s" A - sessionStart -> B; transition "u" B - system(#type==User1) / set($heard=1) -> B; transition "bye" B - hangup / stop(false) -> A;',
      worker: `initial state A; state B; transition "s" A - startup -> B;
        transition "u" B - system(#type==User2) / set($heard=2) -> B;
        transition "end" B - system(#type==ServerShutdown) / { ${note('the end')} } -> B;`,
    },
    { dsm: { register_apps: 'call', run_system_dsms: 'worker' } },
  );
  const heard = async (call: string): Promise<unknown> =>
    ((await w.invoke('dsm.variables', call)) as { readonly heard?: string }).heard;
  await w.phone.call('1');
  await w.advance(500);
  const [{ call = '' } = {}] = (await w.invoke('dsm.sessions', 'call')) as readonly { readonly call?: string }[];
  await w.invoke('dsm.systemEvent', 'User1');
  await w.advance(100);
  assert.deepEqual([await heard(call), await heard('SystemDSM_1')], ['1', undefined]);
  await w.invoke('dsm.systemEvent', 'User2');
  await w.advance(100);
  assert.deepEqual([await heard(call), await heard('SystemDSM_1')], ['1', '2']);
  await w.phone.current.bye();
  await assertNothingLeft(w);
  assert.ok(w.logs.some(({ message }) => message.includes('the end heard')));
});
