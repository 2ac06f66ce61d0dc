import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallStories } from '../../../core/call/stories.ts';
import {
  createLogTap,
  isLogged,
  type LogControl,
  rootScope,
  SimClock,
  scopeWith,
  silentLog,
} from '../../../core/runtime/index.ts';

const event = (name: string, payload: { [member: string]: string | number }) => ({
  id: 1,
  name,
  atUnixMs: 1000,
  scope: 'calls:read',
  payload: { call: 'a1', ...payload },
});

const texts = (stories: CallStories, call: string) => stories.find(call)?.lines.map(({ text }) => text) ?? null;

test('a story is made of events and of the log, found by tag and by Call-ID {command-line}', () => {
  const stories = new CallStories(new SimClock(), { calls: 2, lines: 10 });
  stories.event(event('call.started', { direction: 'in', sipCallId: 'x@y', from: '<sip:joe@a>' }));
  stories.line('a1', 'info', 'call began', () => ({})); // the event says it better
  stories.line('a1', 'debug', 'routed', () => ({ rule: 'echo' }));
  stories.event(event('call.ended', { status: 486, reason: 'Busy Here', endedBy: 'remote' }));
  assert.deepEqual(texts(stories, 'x@y'), ['an INVITE came in', 'routed', 'ended by remote: 486 Busy Here']);
  assert.deepEqual(texts(stories, 'a1'), texts(stories, 'x@y'));
  assert.equal(stories.find('nobody'), null);
});

test('keys that were pressed are not in the story {command-line}', () => {
  const stories = new CallStories(new SimClock(), { calls: 2, lines: 10 });
  stories.event(event('dtmf', { key: '7', durationMs: 100, source: 'rtp' }));
  assert.ok(!JSON.stringify(stories.find('a1')).includes('"7"'));
});

test('the oldest calls and the middle of a long story go first {command-line}', () => {
  const stories = new CallStories(new SimClock(), { calls: 2, lines: 8 });
  for (let i = 0; i < 100; i++) stories.line('a1', 'info', `line ${i}`, () => ({}));
  const told = texts(stories, 'a1') ?? [];
  assert.deepEqual([told[0], told[1], told.at(-1)], ['line 0', 'line 1', 'line 99']);
  assert.ok(told.length <= 14, `${told.length}`);
  for (const call of ['b', 'c']) stories.line(call, 'info', 'x', () => ({}));
  assert.deepEqual([texts(stories, 'a1'), texts(stories, 'b'), stories.size], [null, ['x'], 2]);
});

test('a level of a call goes before that of its component, and that before the general one {operations}', () => {
  const control: LogControl = {
    level: 'warn',
    components: new Map([['sip', 'debug']]),
    calls: new Map([['a1', 'info']]),
  };
  const sip = scopeWith(rootScope, { part: 'sip' });
  const call = scopeWith(rootScope, { call: 'a1' });
  assert.deepEqual(
    [sip, call, rootScope].map((scope) =>
      (['warn', 'info', 'debug'] as const).map((level) => isLogged(control, level, scope)),
    ),
    [
      [true, true, true],
      [true, true, false],
      [true, false, false],
    ],
  );
  assert.equal(isLogged(control, 'debug', scopeWith(call, { module: 'sip' })), false);
});

test('stories hear every line of a call, other listeners what the levels let through {operations}', () => {
  const tap = createLogTap(silentLog, { level: 'info' });
  const heard: string[] = [];
  tap.listen((level, text) => heard.push(`log ${level} ${text}`));
  tap.listenToCalls((call, level, text) => heard.push(`${call} ${level} ${text}`));
  const log = tap.log.child({ part: 'sip' }).child({ call: 'a1' });
  log.debug('x');
  log.info('y');
  tap.log.debug('nobody');
  assert.deepEqual(heard, ['a1 debug x', 'log info y', 'a1 info y']);
  assert.deepEqual(tap.components(), ['call', 'sip']);
});
