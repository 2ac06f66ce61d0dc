import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callDefinition } from '../../../../core/commands/call.ts';
import { callsDefinition } from '../../../../core/commands/calls.ts';
import { eventsDefinition } from '../../../../core/commands/events.ts';
import { moduleCommands, ownCommands } from '../../../../core/commands/index.ts';
import { logDefinition } from '../../../../core/commands/log.ts';
import { lsDefinition } from '../../../../core/commands/ls.ts';
import { run } from './make-server.ts';

const ended = {
  id: 7,
  name: 'call.ended',
  at: '2026-01-01T12:00:00.500Z',
  payload: { call: 'a1', status: 486, reason: 'Busy Here', from: '"\u001b[31mJoe" <sip:joe@example.org>' },
};

test('call shapes words by the schema of the function and prints what it gives {command-line}', async () => {
  const dialled = await run(callDefinition, ['webconference.roomCreate', 'room=4711'], {
    answers: { 'webconference.roomCreate': [0, 'OK', '1234', {}] },
  });
  assert.deepEqual(dialled.calls, [['webconference.roomCreate', { room: '4711' }]]);
  assert.equal(dialled.code, 0);
  const bare = await run(callDefinition, ['get_sessioncount', '--json'], {
    answers: { 'builtin.get_sessioncount': 5 },
  });
  assert.deepEqual([bare.stdout, bare.calls], ['5\n', [['builtin.get_sessioncount', []]]]);
});

test('a typing mistake is answered with what was meant, before anything is sent {command-line}', async () => {
  for (const [args, told] of [
    [['monitoring.gte', 'x'], /no function "monitoring\.gte"; did you mean monitoring\.get\?\ncallbus ls/],
    [['help'], /help is in several modules\nSay which: .*di_dial\.help/],
    [['log.setLevel', 'sip', 'loud'], /log\.setLevel: level: expected one of .*debug.*, got "loud"\n.*--help/],
    [['log.setLevel', 'sip'], /level is missing/],
    [['log.setLevel', 'componnt=sip', 'debug'], /no parameter componnt; did you mean component\?/],
    [['webconference.roomCreate', 'room=1', 'colour=red'], /no parameter colour \(known: room, timeout\)/],
    [['webconference.roomCreate', 'colour=red', 'room=1'], /no parameter colour \(known: room, timeout\)/],
    [['calls', 'more'], /"more" is one too many: it takes no arguments/],
    [['--verbose'], /unknown option --verbose; known: --url/],
    [[], /say which function/],
  ] as const) {
    const ran = await run(callDefinition, args);
    assert.equal(ran.code, 2, args.join(' '));
    assert.match(ran.stderr, told);
    assert.deepEqual(ran.calls, []);
  }
});

test('help of a function comes from the server {command-line}', async () => {
  const { stdout, code } = await run(callDefinition, ['monitoring.get', '--help']);
  assert.equal(code, 0);
  assert.match(stdout, /^All attributes of one record\.\n/);
  assert.match(stdout, /callbus call monitoring\.get <id>\n[\s\S]*Needs the scope monitoring:read/);
  const struct = await run(callDefinition, ['click_to_dial.dial', '--help']);
  assert.match(struct.stdout, /\n {6}a +.* or an object\. Called first: a URI, or a struct\n {8}uri +a string/);
  assert.match(struct.stdout, /\n {8}credentials .*\(optional\)\n {10}user +a string/);
});

test('a refusal ends with 1 and tells the next step; with --json as JSON {command-line}', async () => {
  const answers = { 'call.end': '!No such call: a1' };
  const plain = await run(callDefinition, ['call.end', 'a1'], { answers });
  assert.deepEqual([plain.code, plain.stderr], [1, 'callbus call: No such call: a1\nTry another.\n']);
  const json = await run(callDefinition, ['call.end', 'a1', '--json'], { answers });
  assert.deepEqual(JSON.parse(json.stderr), {
    error: { code: 'call.unknown', message: 'No such call: a1', next: 'Try another.' },
  });
});

test('address and token come from options, then from the environment; the token is never shown {command-line}', async () => {
  const environment = { CALLBUS_URL: 'http://from.example:1', CALLBUS_TOKEN: 'secret-1' };
  const answers = { 'builtin.calls': '!forbidden' };
  const first = await run(callDefinition, ['calls'], { environment, answers });
  assert.deepEqual([first.address?.url, first.address?.token], ['http://from.example:1', 'secret-1']);
  const second = await run(callDefinition, ['calls', '--url', 'http://b.example', '--token', 't2'], {
    environment,
    answers,
  });
  assert.deepEqual([second.address?.url, second.address?.token], ['http://b.example', 't2']);
  const none = await run(callDefinition, ['calls'], { answers });
  assert.deepEqual([none.address?.url, none.address?.token], ['http://127.0.0.1:8090', undefined]);
  assert.doesNotMatch(`${first.stdout}${first.stderr}${second.stderr}`, /secret-1|t2/);
});

test('ls lists modules, functions with their arguments, and events {command-line}', async () => {
  assert.match((await run(lsDefinition, [])).stdout, /^monitoring +\d+ functions$/m);
  assert.match((await run(lsDefinition, ['trace'])).stdout, /^trace\.start\(file, \[filter\], \[megabytes\]\)/m);
  assert.match((await run(lsDefinition, ['--events'])).stdout, /^call\.ended +The call ended/m);
  assert.match((await run(lsDefinition, ['call.ended'])).stdout, /status .*exact final SIP status/);
  const wrong = await run(lsDefinition, ['monitorin']);
  assert.deepEqual([wrong.code, /did you mean monitoring\?/.test(wrong.stderr)], [2, true]);
});

test('events go out a line each, harmless to a terminal, and coloured only on one {command-line}', async () => {
  const args = ['call.*', '--count', '1', '--since', '1795296362287000', '--match', 'call=a1,status=486'];
  const { stdout, code, calls } = await run(eventsDefinition, args, { events: [ended] });
  assert.equal(code, 0);
  assert.equal(
    stdout,
    '12:00:00.500 7 call.ended call=a1 status=486 reason="Busy Here" from="\\"\\\\u001b[31mJoe\\" <sip:joe@example.org>"\n',
  );
  assert.deepEqual(calls[0], [
    'subscribe',
    { filters: ['call.*'], match: { call: 'a1', status: 486 }, after: 1795296362287000 },
  ]);
  assert.deepEqual(calls.at(-1), ['close', null]);
  const coloured = await run(eventsDefinition, ['--count', '1'], { events: [ended], isTerminal: true });
  assert.ok(coloured.stdout.includes('\u001b[1mcall.ended\u001b[22m'));
  const declined = await run(eventsDefinition, ['--count', '1'], {
    events: [ended],
    isTerminal: true,
    environment: { NO_COLOR: '1' },
  });
  assert.ok(!declined.stdout.includes('\u001b'));
  const json = await run(eventsDefinition, ['--count', '1', '--json'], { events: [ended], isTerminal: true });
  assert.deepEqual(JSON.parse(json.stdout), ended);
  assert.match(
    (await run(eventsDefinition, ['call.endet'])).stderr,
    /no event "call\.endet"; did you mean call\.ended\?/,
  );
});

test('calls prints a table; log tells a story, and the ladder when it is asked for {command-line}', async () => {
  const list = [
    {
      call: 'a1',
      direction: 'in',
      state: 'connected',
      from: '<sip:joe@example.org>;tag=1',
      ruri: 'sip:500@x',
      application: 'conference',
      codec: 'PCMA/8000',
      startedAtMs: 1000,
      answeredAtMs: 2000,
    },
  ];
  const table = await run(callsDefinition, [], { answers: { 'call.list': list } });
  assert.match(table.stdout, /^CALL +STATE .*\na1 +← answered +\S+ +conference +joe@example\.org +500@x +PCMA\/8000/);
  const story = [
    { at: '2026-01-01T12:00:00.000Z', afterMs: 1500, level: 'info', text: 'answered', fields: { codec: 'PCMA/8000' } },
  ];
  const answers = { 'log.story': story, 'trace.ladder': 'A  INVITE  B\n' };
  const told = await run(logDefinition, ['a1', '--sip'], { answers });
  assert.equal(told.stdout, '12:00:00.000     +1.500  answered  codec=PCMA/8000\n\nA  INVITE  B\n');
  const gone = await run(logDefinition, ['a1', '--sip'], {
    answers: { ...answers, 'trace.ladder': '!nothing is kept' },
  });
  assert.deepEqual([gone.code, gone.stderr], [0, 'callbus log: no SIP messages: nothing is kept\nTry another.\n']);
  assert.equal((await run(logDefinition, [])).code, 2);
});

test('commands of modules stand beside ours, and none has two {command-line}', async () => {
  const all = [...ownCommands, ...(await moduleCommands())];
  const names = all.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.includes('phone') && names.includes('call'));
  for (const entry of all) {
    const command = await entry.load();
    assert.equal(command.name, entry.name);
    assert.match(command.usage, new RegExp(`callbus ${entry.name}`));
  }
});
