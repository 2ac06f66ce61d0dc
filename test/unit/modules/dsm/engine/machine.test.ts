/** What the acceptance list does not say: waiting, bounds, compatibility, what watchers see. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimClock } from '../../../../../core/index.ts';
import {
  Breakpoints,
  defaultBudget,
  joinHooks,
  type Place,
  StateBoard,
  semsBehaviour,
  textTrace,
} from '../../../../../di-modules/dsm/engine/index.ts';
import { makeSession, runEnter, startSession } from './make-session.ts';

test('an event without promises is over when runEvent returns {dsm-engine}', async () => {
  const session = await startSession({ diagrams: 'initial state A; state B; transition t A - event -> B;' });
  assert.equal(session.event('DSMEvent'), undefined);
  assert.equal(session.state(), 'B');
});

test('an action that gives a promise is waited for; what follows runs in order {dsm-engine}', async () => {
  const session = await startSession({
    diagrams: `initial state A; state B enter { note(3); };
      transition t A - event laterTrue() / { note(1); later(); note(#k); for ($i in range(2)) { later(); note($i); } } -> B;`,
  });
  const running = session.event('DSMEvent', { k: '2' });
  assert.ok(running instanceof Promise);
  assert.equal(session.state(), 'A');
  await running;
  assert.equal(session.state(), 'B');
  assert.equal(session.happened.notes.join(''), '12013');
});

test('an event inside an action that waits has its own parameters, the outer one keeps its own {dsm-engine}', async () => {
  const session = await startSession({
    diagrams: `initial state A;
      transition t A - event / { raise(Key); note(#k); } -> A;
      transition u A - key / { later(); note(#k); note(inner); } -> A;`,
  });
  await session.event('DSMEvent', { k: 'outer' });
  assert.deepEqual(session.happened.notes, ['', 'inner', 'outer']);
});

test('code of a row that fails is logged and counted, and the script goes on {dsm-engine}', async () => {
  const session = await startSession({
    diagrams: `initial state A enter { fail(); note(1); }; state B;
      transition t A - not broken() -> B; transition u A - broken() -> B;`,
  });
  assert.equal(session.state(), 'A');
  assert.deepEqual(session.happened.notes, ['1']);
  assert.equal(session.counters.counter('callbus_dsm_failed_total', '').value(), 3);
});

for (const [reason, diagrams] of [
  ['rounds', 'initial state A; transition t A - event / repost() -> A;'],
  ['rounds', 'initial state A; transition t A - event / throw(a) -> A; transition x A - exception / throw(b) -> A;'],
  ['steps', 'initial state A; transition t A - event / for ($i in range(100000000)) { } -> A;'],
  [
    'steps',
    'initial state A; transition t A - event / for ($i in range(1000)) { for ($j in range(1000)) { inc($n); } } -> A;',
  ],
  [
    'depth',
    {
      main: 'initial state A; transition t A - event / jumpFSM(sub) -> A;',
      sub: 'initial state S enter { jumpFSM(sub); }; transition t S - event / jumpFSM(sub) -> S;',
    },
  ],
  [
    'depth',
    {
      main: 'initial state A; transition t A - event / callFSM(sub) -> A;',
      sub: 'initial state S enter { callFSM(sub); }; transition t S - event / callFSM(sub) -> S;',
    },
  ],
  ['nestedEvents', 'initial state A; transition t A - event / raise(DSMEvent) -> A;'],
] as const) {
  test(`an event without end is stopped by its budget of ${reason}: ${JSON.stringify(diagrams)} {dsm-engine}`, async () => {
    const stopped: string[] = [];
    const session = await startSession({ diagrams, hooks: { stopped: (_machine, why) => void stopped.push(why) } });
    await session.event('DSMEvent');
    assert.deepEqual(stopped, [reason]);
    assert.equal(session.counters.counter('callbus_dsm_stopped_total', '').value({ reason }), 1);
    await session.event('DSMEvent');
    assert.equal(stopped.length, 2);
  });
}

test('calls that never return are bounded over all events {dsm-engine}', async () => {
  const session = await startSession({
    diagrams: { main: 'initial state A; transition t A - event / callFSM(main) -> A;' },
    budget: { ...defaultBudget, frames: 3 },
  });
  for (let i = 0; i < 5; i++) await session.event('DSMEvent');
  assert.equal(session.machine.depth, 3);
});

test('functions that call each other twice spend the steps of the event {dsm-engine}', async () => {
  const functions = Array.from({ length: 13 }, (_, i) =>
    i === 0 ? 'function f0() { inc($n); };' : `function f${i}() { f${i - 1}(); f${i - 1}(); };`,
  );
  const session = await startSession({
    diagrams: `${functions.join('\n')} initial state A enter { for ($i in range(100)) { f12(); } };`,
  });
  assert.equal(session.counters.counter('callbus_dsm_stopped_total', '').value({ reason: 'steps' }), 1);
});

test('more variables than a session may keep raise an exception of type limit {dsm-engine}', async () => {
  const session = await startSession({
    diagrams: `initial state A enter { set($t=xx); for ($i in range(100)) { append($t, $t); } };
      state B; transition x A - exception test(#type==limit) / set($cause=#cause) -> B;`,
    limits: { count: 10, valueLength: 50, totalLength: 1000 },
  });
  assert.deepEqual([session.state(), session.get('cause')], ['B', 'a value of more than 50 characters']);
});

test('callFSM in a function comes back behind it, to the rest of the list that called the function {dsm-engine}', async () => {
  const session = await startSession({
    diagrams: {
      main: `function g() { callFSM(sub); note(2); }; function f() { note(1); g(); note(3); };
        initial state A enter { f(); note(4); };`,
      sub: 'initial state S; transition t S - event / returnFSM() -> S;',
    },
  });
  await session.event('DSMEvent');
  assert.equal(session.happened.notes.join(''), '1234');
});

test('a diagram that is not there, or without an initial state, ignores all events {dsm-engine}', async () => {
  const session = await makeSession({ diagrams: 'state A; transition t A - test() / note(1) -> A;' });
  await session.start('nope');
  await session.start();
  await session.event('DSMEvent');
  assert.deepEqual([session.state(), session.happened.notes], [null, []]);
});

test('a target that is not there: the lists run and the state stays {dsm-engine}', async () => {
  const session = await startSession({
    diagrams: 'initial state A exit { note(1); }; transition t A - event / note(2) -> nowhere;',
  });
  await session.event('DSMEvent');
  assert.deepEqual([session.state(), session.happened.notes.join('')], ['A', '12']);
});

test('an exception in a loop leaves the loop’s variable, as all else {dsm-engine}', async () => {
  const session = await startSession({
    diagrams: `initial state A; state B;
      transition t A - event / { for ($i in range(5)) { if test($i==2) { throw(found); } } } -> A;
      transition x A - exception -> B;`,
  });
  await session.event('DSMEvent');
  assert.deepEqual([session.state(), session.get('i')], ['B', '2']);
});

for (const [sems, notes] of [
  [false, 'S'],
  [true, 'SSz'],
] as const) {
  test(`a jump in a loop ${sems ? 'ends its round, as SEMS' : 'ends the list'} {dsm-engine}`, async () => {
    const session = await startSession({
      diagrams: {
        main: 'initial state A enter { for ($i in range(2)) { jumpFSM(sub); note(never); } note(z); };',
        sub: 'initial state S enter { note(S); };',
      },
      ...(sems ? { compatibility: semsBehaviour } : {}),
    });
    assert.equal(session.happened.notes.join(''), notes);
  });
  test(`a call of an unknown diagram ${sems ? 'leaves a frame, as SEMS' : 'leaves nothing'} {dsm-engine}`, async () => {
    const session = await runEnter('callFSM(nope); set($x=1);', {}, sems ? { compatibility: semsBehaviour } : {});
    assert.deepEqual([session.machine.depth, session.get('x')], [sems ? 1 : 0, '1']);
  });
  test(`a struct loop ${sems ? 'also visits what begins alike, as SEMS' : 'visits members only'} {dsm-engine}`, async () => {
    const given = { s: '0', 's.a': '1', sx: '2', 'sx.y': '3' };
    const { get } = await runEnter(
      'for ($k,$v in $s) { append($r,$k); append($r,"="); append($r,$v); append($r,"/"); }',
      given,
      sems ? { compatibility: semsBehaviour } : {},
    );
    assert.equal(get('r'), sems ? 'a=1/=2/.y=3/' : 'a=1/');
  });
}

test('a trace has one line an event, those inside it indented {dsm-engine}', async () => {
  const lines: string[] = [];
  const session = await startSession({
    diagrams: `initial state A exit { note(o); }; state B enter { raise(Key); }; state C;
      transition no A - event(#k==2) -> A; transition yes A - not event(#k==2) key / { set($x=#key); repost(); } -> B;
      transition bad B - key / throw(boo, k=v) -> B; transition oops B - exception / note(#type) -> C;`,
    hooks: textTrace((line) => void lines.push(line)),
  });
  await session.event('Key', { key: '7' });
  assert.deepEqual(lines, [
    'Start | in main/A | no: event(#k==2) no | yes: not event(#k==2) yes | yes: key() no | at main/A',
    'Key key=7 | no: event(#k==2) no | yes: not event(#k==2) yes | yes: key() yes | A -> B by yes | exit: | note(o) | transition: | set($x=#key) | repost() | enter: | raise(Key) | again | at main/C',
    '  Key | bad: key() yes | B -> B by bad | transition: | throw(boo, k=v) | exception k=v type=boo | again | B -> C by oops | transition: | note(#type) | at main/C',
  ]);
});

test('the board counts who is where, and for how long {dsm-engine}', async () => {
  const clock = new SimClock();
  const board = new StateBoard(clock);
  const seen: string[] = [];
  const hooks = joinHooks(board.hooks, { stateChanges: (_machine, _from, to) => void seen.push(to?.state ?? '') });
  const diagrams = 'initial state A; state B; transition t A - event -> B;';
  const one = await startSession({ diagrams, hooks, tag: 'one' });
  const two = await startSession({ diagrams, hooks, tag: 'two' });
  await clock.advance(1000);
  await one.event('DSMEvent');
  await clock.advance(500);
  assert.deepEqual(board.scriptsIn({ diagram: 'main', state: 'A' }), [{ tag: 'two', dwellMs: 1500 }]);
  board.left(two.machine);
  board.left(two.machine);
  assert.deepEqual(board.figures(), [
    { diagram: 'main', state: 'A', entered: 2, present: 0, dwellMs: 2500, longestMs: 1500 },
    { diagram: 'main', state: 'B', entered: 1, present: 1, dwellMs: 0, longestMs: 0 },
  ]);
  assert.deepEqual(seen, ['A', 'A', 'B']);
});

test('a session waits at a breakpoint, goes on by steps, and its end lets it go {dsm-engine}', async () => {
  const session = await startSession({
    diagrams: `initial state A; state B enter { note(B); repost(); }; state C enter { note(C); };
      transition t A - event -> B; transition u B - event -> C;`,
  });
  const paused: Place[] = [];
  const breakpoints = new Breakpoints(session.script.signal);
  breakpoints.onPause = (place) => void paused.push(place);
  breakpoints.add({ diagram: 'main', state: 'B' });
  session.machine.breakpoints = breakpoints;
  const running = session.event('DSMEvent');
  assert.deepEqual([breakpoints.pausedAt?.state, session.happened.notes], ['B', []]);
  breakpoints.step();
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual([breakpoints.pausedAt?.state, session.happened.notes.join('')], ['C', 'B']);
  await session.script.end();
  await running;
  assert.equal(session.happened.notes.join(''), 'BC');
  assert.deepEqual(
    paused.map(({ state }) => state),
    ['B', 'C'],
  );
});

test('a watcher that fails is logged and harms nobody {dsm-engine}', async () => {
  const seen: string[] = [];
  const failing = () => {
    throw new Error('on purpose');
  };
  const hooks = joinHooks(
    { eventBegins: failing, actionRuns: failing, stateChanges: failing, eventEnds: failing },
    { eventEnds: () => void seen.push('end') },
  );
  const session = await startSession({ diagrams: 'initial state A enter { note(1); };', hooks });
  assert.deepEqual([session.state(), session.happened.notes, seen], ['A', ['1'], ['end']]);
  assert.equal(session.lines.length, 4);
});
