/** Whole calls whose service is a script: items of reference/dsm 8.4. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import type { World } from '../support/world.ts';
import { dsmWorld, placeOf, toneFile, variableOf } from './dsm-world.ts';

const bye = 'transition "bye" (A, B, C) - hangup / stop(false) -> end; state end;';
const states = (enter: string, more = ''): string =>
  `initial state A enter { ${enter} }; state B; state C; ${more} ${bye}`;

const called = async (w: World, state: string): Promise<void> => {
  await w.phone.dial('x');
  let place = '';
  for (let i = 0; i < 100 && place !== state; i++) {
    await w.advance(50);
    place = await placeOf(w);
  }
  assert.equal(place, state);
};

test('8.4 item 96: an invite that nobody handles is answered 200, also without a session to connect {dsm-calls}', async () => {
  for (const enter of ['', 'set($connect_session=0);']) {
    const w = await dsmWorld({ plain: states(enter) });
    const call = await w.phone.call('x');
    assert.equal(call.status, 200);
    assert.equal(await placeOf(w), 'plain/A');
    await call.bye();
    await assertNothingLeft(w);
  }
});

test('8.4 item 98: BYE is answered and the script stays when it does not handle hangup {dsm-calls}', async () => {
  const w = await dsmWorld({ stays: 'initial state A; state B; transition "on" A - event / stop(false) -> B;' });
  const call = await w.phone.call('x');
  const [tag] = w.server.calls.calls().map((each) => each.tag);
  await call.bye();
  await w.advance(5000);
  assert.equal(await placeOf(w), 'stays/A');
  assert.deepEqual(await w.invoke('dsm.postDSMEvent', tag ?? '', []), [200, 'OK']);
  await w.advance(100);
  assert.equal(await placeOf(w), '');
  await assertNothingLeft(w);
});

test('a script that outlives its call ends after linger_s {dsm-calls}', async () => {
  const w = await dsmWorld({ stays: 'initial state A;' }, { dsm: { linger_s: 60 } });
  const call = await w.phone.call('x');
  await call.bye();
  await w.advance(59_000);
  assert.equal(await placeOf(w), 'stays/A');
  await w.advance(2000);
  assert.equal(await placeOf(w), '');
  await assertNothingLeft(w);
});

test('8.4 item 99: stop(false) says BYE once; after a received BYE none is sent {dsm-calls}', async () => {
  const w = await dsmWorld({ s: states('setTimer(1, 2);', 'transition "t" A - timer / stop(false) -> B;') });
  const call = await w.phone.call('x');
  await call.isHungUp();
  assert.equal(call.ending, 'they hung up');
  await assertNothingLeft(w);
});

test('8.4 item 101: setTimer(1,0) is the next event {dsm-calls}', async () => {
  const w = await dsmWorld({
    s: states('', 'transition "s" A - sessionStart / setTimer(1, 0) -> B; transition "t" B - timer(#id==1) -> C;'),
  });
  await called(w, 's/C');
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('8.4 item 102: one noAudio after the last of two files; none after a flush {dsm-calls}', async () => {
  const files = { '/a.wav': await toneFile(400, 500), '/b.wav': await toneFile(900, 500) };
  const w = await dsmWorld(
    {
      s: states(
        'playFile(/a.wav); playFile(/b.wav);',
        'transition "n" A - noAudio / inc($n) -> A2; state A2 enter { playFile(/a.wav); setTimer(2, 1); }; ' +
          'transition "f" A2 - timer / flushPlaylist() -> B; transition "m" B - noAudio -> C; transition "bye2" A2 - hangup / stop(false) -> end;',
      ).replace('inc($n)', 'inc($n); playFile(/b.wav)'),
    },
    { files },
  );
  await w.phone.call('x');
  await w.phone.hears(tone(400));
  await w.phone.hears(tone(900), { without: [tone(400)] });
  await w.until(() => w.eventsOf('dsm.state').at(-1)?.payload['state'] === 'B');
  await w.advance(2000);
  assert.equal(await placeOf(w), 's/B');
  assert.equal(await variableOf(w, 'n'), '1');
  await w.phone.hearsSilence();
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('8.4 item 103: a separator between two files, noAudio after the second {dsm-calls}', async () => {
  const files = { '/a.wav': await toneFile(400, 300), '/b.wav': await toneFile(900, 300) };
  const w = await dsmWorld(
    {
      s: states(
        'playFile(/a.wav); addSeparator(4); playFile(/b.wav);',
        'transition "p" A - separator(#id==4) -> B; transition "n" B - noAudio -> C;',
      ),
    },
    { files },
  );
  await w.phone.call('x');
  await w.until(() => w.eventsOf('dsm.state').at(-1)?.payload['state'] === 'C');
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('8.4 item 104: a file in front plays at once, the other goes on afterwards {dsm-calls}', async () => {
  const files = { '/a.wav': await toneFile(400, 3000), '/x.wav': await toneFile(900, 500) };
  const w = await dsmWorld(
    { s: states('playFile(/a.wav); setTimer(1, 1);', 'transition "t" A - timer / playFileFront(/x.wav) -> B;') },
    { files },
  );
  await w.phone.call('x');
  await w.phone.hears(tone(400));
  await w.phone.hears(tone(900), { without: [tone(400)] });
  await w.phone.hears(tone(400), { without: [tone(900)] });
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('8.4 item 105: a missing file is an exception with its path {dsm-calls}', async () => {
  const w = await dsmWorld({
    s: states(
      '',
      `transition "s" A - sessionStart / playFile(/missing.wav) -> B;
       transition "x" A - exception; test(#type==file) / set($p=#path) -> C;`,
    ),
  });
  await called(w, 's/C');
  assert.equal(await variableOf(w, 'p'), '/missing.wav');
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('8.4 item 106: sipRequest only when asked for, and #processed leaves the request alone {dsm-calls}', async () => {
  for (const asked of [false, true]) {
    const w = await dsmWorld({
      s: states(
        asked ? 'set($enable_request_events=true);' : '',
        'transition "r" A - sipRequest(#method==INFO) / { set($body=#body); set(#processed=true); } -> B;',
      ),
    });
    const call = await w.phone.call('x');
    let status = 0;
    const body = { contentType: 'application/x', content: Buffer.from('hello') };
    void call.dialog.request('INFO', { body }).then((response) => {
      status = response.status;
    });
    await w.advance(2000);
    assert.equal(status, asked ? 0 : 415);
    assert.equal(await placeOf(w), asked ? 's/B' : 's/A');
    if (asked) assert.equal(await variableOf(w, 'body'), 'hello');
    await call.bye();
    await assertNothingLeft(w);
  }
});

const dialOut = async (w: World, target: string, application = 's'): Promise<string> => {
  const from = 'sip:us@10.0.0.1';
  const [tag] = (await w.invoke('di_dial.dial', application, 'user', from, target)) as string[];
  return tag ?? '';
};
const withDial = { config: { modules: { di_dial: {} } } };

test('8.4 items 107, 108: a refused call of ours: remoteDisappeared for 404, then failed, and the session ends {dsm-calls}', async () => {
  for (const [status, order] of [
    [486, 'f'],
    [404, 'rf'],
  ] as const) {
    const w = await dsmWorld(
      {
        s: `initial state A;
            transition "r" A - remoteDisappeared / { append($o, r); set($c=#code); } -> A;
            transition "f" A - failed / { append($o, f); warn($(o) #(code)) } -> A;`,
      },
      withDial,
    );
    w.phone.rejects(status);
    await dialOut(w, w.phone.uri);
    await w.advance(3000);
    assert.equal(await placeOf(w), '');
    assert.ok(
      w.logs.some(({ message }) => message.includes(`${order} ${status}`)),
      JSON.stringify(w.logs.slice(-5)),
    );
    await assertNothingLeft(w);
  }
});

test('outgoing: ringing, then sessionStart; variables of the dial come along {dsm-calls}', async () => {
  const w = await dsmWorld(
    {
      s: `initial state A; state R; state S; state end;
          transition "r" A - ringing / set($code=#code) -> R; transition "s" R - sessionStart -> S;
          transition "bye" (A, R, S) - hangup / stop(false) -> end;`,
    },
    withDial,
  );
  w.phone.answers(500);
  const from = 'sip:us@10.0.0.1';
  await w.invoke('di_dial.dial', 's', 'user', from, w.phone.uri, { pin: '5', list: ['a', 'b'] });
  await w.phone.isCalled({ state: 'talking' });
  await w.advance(200);
  assert.equal(await placeOf(w), 's/S');
  assert.deepEqual(
    [
      await variableOf(w, 'code'),
      await variableOf(w, 'pin'),
      await variableOf(w, 'list_size'),
      await variableOf(w, 'list_1'),
    ],
    ['180', '5', '2', 'b'],
  );
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('8.4 item 109: postEvent takes what is there, structs whole {dsm-calls}', async () => {
  const w = await dsmWorld({
    s: states(
      '',
      `transition "s" A - sessionStart / { set($a=1); set($s.x=2); set($s.y=3); set($z=9);
         set($id=@local_tag); postEvent($id, a;s.;nope); } -> B;
       transition "e" B - event / { set($got="#a"); set($p=#a); set($q=#s.x); set($r=#s.y); set($t=#z); } -> C;`,
    ),
  });
  await called(w, 's/C');
  const got = ['p', 'q', 'r', 't'].map((name) => variableOf(w, name));
  assert.deepEqual(await Promise.all(got), ['1', '2', '3', '']);
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('8.4 item 110: P-App-Param by SEMS rules becomes variables {dsm-calls}', async () => {
  const w = await dsmWorld(
    { s: states('') },
    { dsm: { set_param_variables: 'yes' }, config: { sip: { trusted: ['10.0.1.0/24'] } } },
  );
  const call = await w.phone.dial('x', { headers: [['P-App-Param', 'k=v;q="a b";w;e=1=2;k=z']] });
  await call.isAnswered();
  const got = ['k', 'q', 'w', 'e'].map((name) => variableOf(w, name));
  assert.deepEqual(await Promise.all(got), ['v', '"a b"', '', '']);
  await call.bye();
  await assertNothingLeft(w);
});

test('8.4 item 112: results of functions come as variables {dsm-calls}', async () => {
  const w = await dsmWorld({
    s: states(
      '',
      `transition "s" A - sessionStart / { DI(monitoring, set, rec, one, x);
         DIgetResult(monitoring, get, nothere); DIgetResultArray(monitoring, listActive); } -> B;`,
    ),
  });
  await called(w, 's/B');
  assert.equal(await variableOf(w, 'errno'), '');
  assert.ok(Number(await variableOf(w, 'DI_res_size')) >= 1);
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('scripts call only what dsm.scopes lets them {dsm-calls}', async () => {
  const w = await dsmWorld(
    { s: states('', 'transition "s" A - sessionStart / DI(monitoring, set, rec, one, x) -> B;') },
    { dsm: { scopes: ['*:read'] } },
  );
  await called(w, 's/B');
  assert.equal(await variableOf(w, 'errno'), 'arg');
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('8.4 item 116: a system script that plays gets an exception; its timers and events work {dsm-calls}', async () => {
  const w = await dsmWorld(
    {
      s: states(''),
      sys: `initial state A; state B; state C;
            transition "up" A - startup / { registerEventQueue(worker); playFile(x.wav); } -> B;
            transition "x" A - exception; test(#type==core) / setTimer(3, 1) -> B;
            transition "t" B - timer(#id==3) -> C;
            transition "e" C - event(#do==stop) / stop(false) -> C;`,
    },
    { dsm: { run_system_dsms: 'sys' } },
  );
  await w.advance(100);
  assert.equal(await placeOf(w), 'sys/B');
  await w.advance(1500);
  assert.equal(await placeOf(w), 'sys/C');
  assert.deepEqual(await w.invoke('dsm.postDSMEvent', 'worker', [['do', 'stop']]), [200, 'OK']);
  await w.advance(100);
  assert.deepEqual(await w.invoke('dsm.sessions'), []);
  assert.deepEqual(await w.invoke('dsm.postDSMEvent', 'worker', []), [404, 'Session not found']);
  assert.deepEqual(await w.invoke('dsm.createSystemDSM', 'main', 'sys'), [200, 'OK']);
  const [code, text] = (await w.invoke('dsm.createSystemDSM', 'none', 'sys')) as [number, string];
  assert.deepEqual([code, text], [500, "Error: Script config 'none' not found, in [main]"]);
  await w.stop();
});

test('keys: 10 is *, 11 is #; by RFC 4733 and by INFO {dsm-calls}', async () => {
  const w = await dsmWorld({
    s: states('', 'transition "k" A - key / { append($keys, #key); append($keys, "."); } -> A;'),
  });
  await w.phone.call('x');
  await w.phone.press('5*#');
  await w.phone.pressByInfo('0');
  await w.advance(500);
  assert.equal(await variableOf(w, 'keys'), '5.10.11.0.');
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('a recording takes what the peer says, and its length is told {dsm-calls}', async () => {
  const w = await dsmWorld({
    s: states(
      'recordFile(/rec/a.wav);',
      `transition "k" A - key / { getRecordLength(ms); getRecordDataSize(bytes); stopRecord(); } -> B;
       transition "again" B - key / stopRecord() -> C;`,
    ),
  });
  await w.phone.call('x');
  w.phone.says(tone(700));
  await w.advance(2000);
  await w.phone.press('1');
  await w.advance(300);
  const ms = Number(await variableOf(w, 'ms'));
  assert.ok(ms > 1500 && ms < 3000, `${ms} ms`);
  assert.ok((await w.files.stat('/rec/a.wav'))?.sizeBytes ?? 0 > 20_000);
  await w.phone.press('2');
  await w.advance(300);
  assert.equal(await variableOf(w, 'errno'), 'script');
  await w.phone.bye();
  await assertNothingLeft(w);
});
