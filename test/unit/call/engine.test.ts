import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../../core/call/index.ts';
import { sdp } from './fake-sip.ts';
import { answering, makeEngine } from './make-engine.ts';

test('nothing fits: 404 that tells what can be dialled, and a refusal with its why {routing}', async () => {
  const w = makeEngine({ applications: [answering('echo')] });
  const dialog = w.sip.incoming('sip:nobody@h');
  assert.deepEqual(dialog.last, {
    kind: 'response',
    status: 404,
    reason: 'Not Found (try echo, 600)',
    options: { headers: [] },
  });
  assert.equal(w.published('call.refused')[0]?.['status'], 404);
  assert.equal(w.published('call.started').length, 0);
});

const named = [
  ['P-App-Name', 'secret'],
  ['P-App-Param', 'room=4711'],
  ['X-Plain', 'yes'],
] as const;

test('P-App-Name chooses the application, P-App-Param is its parameters {routing}', async () => {
  const served: (string | null)[] = [];
  const note = (call: Call): void =>
    void served.push(call.application, call.parameter('room'), call.header('P-App-Param'), call.header('X-Plain'));
  const w = makeEngine({ applications: [answering('secret', note), answering('echo', note)] });
  w.sip.incoming('sip:echo@h', { headers: named });
  await w.settle();
  assert.deepEqual(served, ['secret', '4711', 'room=4711', 'yes']);
});

test('limits refuse in the order shutdown, sessions, rate, with their configured replies {limits}', async () => {
  const w = makeEngine({
    calls: {
      sessions: { limit: 2, status: 486, reason: 'Full' },
      perSecond: { limit: 1, status: 480, reason: 'Slow' },
    },
    applications: [answering('echo')],
  });
  const statuses = [1, 2, 3].map(() => w.sip.incoming('sip:echo@h'));
  await w.settle();
  assert.deepEqual(
    statuses.map(({ statuses: [status] }) => status),
    [200, 200, 486],
  );
  w.engine.shutdownMode = true;
  assert.deepEqual(w.sip.incoming('sip:echo@h').statuses, [503]);
  assert.equal(w.sip.outside('OPTIONS', 'sip:h').status, 503);
  w.engine.shutdownMode = false;
  for (const call of w.engine.calls()) call.hangup();
  await w.settle();
  const rated = Array.from({ length: 10 }, () => {
    const dialog = w.sip.incoming('sip:echo@h');
    for (const call of w.engine.calls()) call.hangup();
    return dialog;
  });
  await w.settle();
  assert(rated.some(({ statuses: [status] }) => status === 486 || status === 480));
});

test('requests outside a dialog: OPTIONS 200, others 501 where an application is routed, else 404', () => {
  const w = makeEngine({ applications: [answering('echo')] });
  const options = w.sip.outside('OPTIONS', 'sip:h');
  assert.equal(options.status, 200);
  assert.equal(w.sip.outside('MESSAGE', 'sip:echo@h').status, 501);
  assert.equal(w.sip.outside('MESSAGE', 'sip:nobody@h').status, 404);
});

test('10,000 INVITEs and REGISTERs of a scanner leave a bounded log and no call {scanner}', async () => {
  const w = makeEngine({ applications: [answering('echo')] });
  const good = w.sip.incoming('sip:echo@h');
  for (let each = 0; each < 5000; each++) {
    w.sip.incoming(`sip:${1000 + each}@h`, { trusted: false });
    w.sip.outside('REGISTER', 'sip:h');
  }
  await w.settle();
  assert.deepEqual(good.statuses, [200]);
  assert.equal(w.engine.calls().length, 1);
  assert(w.lines.length < 50, `${w.lines.length} lines`);
});

test('tags have the node prefix and 96 bits, and every log line of a call carries its tag', async () => {
  const w = makeEngine({
    calls: { tagPrefix: 'n1-' },
    applications: [answering('echo', (call) => call.log.info('hello'))],
  });
  w.sip.incoming('sip:echo@h');
  await w.settle();
  const [call] = w.engine.calls();
  assert.match(call?.tag ?? '', /^n1-[0-9a-f]{24}$/);
  assert.equal(w.lines.find(({ message }) => message === 'hello')?.fields['call'], call?.tag);
  assert.equal(w.engine.find(call?.tag ?? ''), call);
});

test('a drain waits, then ends what is left, and refuses what comes {drain}', async () => {
  const w = makeEngine({ applications: [answering('echo')] });
  const dialog = w.sip.incoming('sip:echo@h');
  await w.settle();
  const drained = w.engine.drain(1000);
  await w.clock.advance(999);
  assert.equal(w.engine.calls().length, 1);
  await w.clock.advance(1);
  await drained;
  assert.deepEqual(dialog.last, { kind: 'end' });
  assert.deepEqual(w.sip.incoming('sip:echo@h').statuses, [503]);
  assert.equal(w.clock.pending, 0);
});

test('a mailbox is posted to by its name; an unknown name is told', async () => {
  const seen: string[] = [];
  const w = makeEngine({
    applications: [
      answering('echo', (call) => {
        call.on((event) => {
          if (event.kind === 'posted') seen.push(event.name);
          return 'default';
        });
      }),
    ],
  });
  w.sip.incoming('sip:echo@h');
  await w.settle();
  const tag = w.engine.calls()[0]?.tag ?? '';
  assert.equal(w.engine.mailboxes.post(tag, { kind: 'posted', name: 'hi', data: null }), true);
  assert.equal(w.engine.mailboxes.post('nobody', { kind: 'posted', name: 'hi', data: null }), false);
  await w.settle();
  assert.deepEqual(seen, ['hi']);
});

test('1,000 calls at once come and go without a trace {thousand-calls}', async () => {
  const w = makeEngine({ applications: [answering('echo', (call) => void call.join('r'))] });
  const dialogs = Array.from({ length: 1000 }, () => w.sip.incoming('sip:echo@h'));
  await w.settle();
  assert.equal(w.engine.calls().length, 1000);
  assert.equal(w.engine.rooms.participants('r').length, 1000);
  for (const dialog of dialogs) dialog.bye();
  await w.settle();
  assert.equal(w.engine.calls().length, 0);
  assert.equal(w.media.open.length, 0);
  assert.deepEqual(w.engine.rooms.list(), []);
  assert.equal(w.published('call.ended').length, 1000);
  assert.equal(w.clock.pending, 0);
});

test('a snapshot in mid-conference is resumed by a fresh engine: seat, audio, BYE {snapshot}', async () => {
  const w = makeEngine({
    applications: [answering('conference', (call) => void call.join('5', { listenOnly: true }))],
  });
  w.sip.incoming('sip:500@h');
  await w.settle();
  const snapshot = JSON.parse(JSON.stringify(await w.engine.snapshot()));
  const resumed: string[] = [];
  const fresh = makeEngine({
    applications: [
      {
        name: 'conference',
        onInvite: () => {},
        resume: (call, seat) => void resumed.push(`${call.from} in ${seat?.room}`),
      },
    ],
  });
  await fresh.engine.restore(snapshot);
  assert.deepEqual(fresh.engine.rooms.list(), w.engine.rooms.list());
  assert.deepEqual(resumed, ['"Ann" <sip:ann@example.org>;tag=a1 in 5']);
  assert.equal(fresh.engine.calls()[0]?.state, 'connected');
  fresh.sip.restored[0]?.bye();
  await fresh.settle();
  assert.equal(fresh.engine.calls().length, 0);
  assert.equal(fresh.media.open.length, 0);
});

test('the media address follows the peer; the configured and the external one go before', async () => {
  const body = async (media: { address?: string; external?: string }) => {
    const w = makeEngine({ media, applications: [answering('echo')] });
    const dialog = w.sip.incoming('sip:echo@h');
    await w.settle();
    const answer = dialog.last?.kind === 'response' ? dialog.last.options.body?.content : undefined;
    return { bound: w.media.streams[0]?.address, line: /c=.*/.exec(new TextDecoder().decode(answer))?.[0]?.trim() };
  };
  assert.deepEqual(await body({}), { bound: '192.0.2.1', line: 'c=IN IP4 192.0.2.1' });
  assert.deepEqual(await body({ address: '10.0.0.1' }), { bound: '10.0.0.1', line: 'c=IN IP4 10.0.0.1' });
  assert.deepEqual(await body({ external: '203.0.113.5' }), { bound: '192.0.2.1', line: 'c=IN IP4 203.0.113.5' });
});

test('an INVITE with Expires that nobody answers in time gets 487; an answered call stays {cancel}', async () => {
  const ringing = { name: 'echo', onInvite: (call: Call) => call.ring() };
  const w = makeEngine({ applications: [ringing, answering('conference')] });
  const headers = [['Expires', '3']] as const;
  const waiting = w.sip.incoming('sip:echo@h', { headers });
  const answered = w.sip.incoming('sip:500@h', { headers });
  const careless = w.sip.incoming('sip:echo@h', { headers: [['Expires', '0']] });
  await w.clock.advance(2999);
  assert.deepEqual(waiting.statuses, [180]);
  await w.clock.advance(1);
  assert.deepEqual(waiting.statuses, [180, 487]);
  assert.equal(w.published('call.ended')[0]?.['endedBy'], 'remote');
  assert.deepEqual(careless.statuses, [180]);
  assert.deepEqual(answered.statuses, [200]);
  assert.equal(w.engine.calls().length, 2);
});

test('a refused offer tells why in a Warning {no-codec}', async () => {
  const w = makeEngine({ applications: [answering('echo')] });
  const dialog = w.sip.incoming('sip:echo@h', { sdp: sdp({ payloads: '18' }) });
  await w.settle();
  assert.deepEqual(dialog.last, {
    kind: 'response',
    status: 488,
    reason: 'No common codec',
    options: { headers: [['Warning', '305 callbus "we have PCMU, PCMA"']] },
  });
});
