/** Acceptance list of reference/dsm, 8.3, by its numbers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DsmEventType } from '../../../../../core/index.ts';
import { semsBehaviour } from '../../../../../di-modules/dsm/engine/index.ts';
import { type Session, type SessionOptions, startSession } from './make-session.ts';

interface Case {
  readonly item: number;
  readonly about: string;
  readonly diagrams: SessionOptions['diagrams'];
  readonly given?: Record<string, string>;
  /** After `start`. */
  readonly events?: readonly (readonly [type: DsmEventType, parameters?: Record<string, string>])[];
  readonly state: string;
  readonly diagram?: string;
  readonly expected?: Record<string, string>;
  readonly notes?: string;
  readonly also?: (session: Session) => void;
  readonly sems?: boolean;
}

const event = ['DSMEvent'] as const;

const cases: readonly Case[] = [
  {
    item: 69,
    about: 'exit, transition, enter',
    diagrams: `initial state A exit { note(1); }; state B enter { note(3); };
      transition t A - event / note(2) -> B;`,
    events: [event],
    state: 'B',
    notes: '123',
  },
  {
    item: 70,
    about: 'the first that is declared wins',
    diagrams: `initial state A; state B; state C; transition t A - event -> B; transition u A - event -> C;`,
    events: [event],
    state: 'B',
  },
  {
    item: 71,
    about: 'a transition to the same state runs exit and enter lists',
    diagrams: `initial state A enter { note(i); } exit { note(o); }; transition t A - event -> A;`,
    events: [event],
    state: 'A',
    notes: 'ioi',
  },
  {
    item: 72,
    about: 'the init event takes an unconditional transition after the enter list',
    diagrams: `initial state A enter { note(1); }; state B enter { note(2); }; transition t A --> B;`,
    state: 'B',
    notes: '12',
  },
  {
    item: 73,
    about: 'repost in a transition list',
    diagrams: `initial state A; state B; state C;
      transition t A - event / repost(); -> B; transition u B - event(#k==1) -> C;`,
    events: [['DSMEvent', { k: '1' }]],
    state: 'C',
  },
  {
    item: 74,
    about: 'actions behind repost still run',
    diagrams: `initial state A; state B; state C;
      transition t A - event / { repost(); set($x=1); } -> B; transition u B - test($x==1) -> C;`,
    events: [event],
    state: 'C',
  },
  {
    item: 75,
    about: 'break in a transition list keeps the state',
    diagrams: `initial state A exit { note(o); }; state B;
      transition t A - event / { note(1); break; note(2); } -> B;`,
    events: [event],
    state: 'A',
    notes: 'o1',
  },
  {
    item: 76,
    about: 'break in an enter list',
    diagrams: `initial state A; state B enter { note(1); break; note(2); }; transition t A - event -> B;`,
    events: [event],
    state: 'B',
    notes: '1',
  },
  {
    item: 77,
    about: 'callFSM in a transition list comes back to the source',
    diagrams: {
      main: `initial state A; state B enter { note(B); };
        transition t A - event / { callFSM(sub); set($x=1); } -> B;`,
      sub: 'initial state S enter { returnFSM(); };',
    },
    events: [event],
    state: 'A',
    diagram: 'main',
    expected: { x: '1' },
    notes: '',
  },
  {
    item: 79,
    about: 'callFSM in an if saves that block only',
    diagrams: {
      main: 'initial state A enter { if test() { callFSM(sub); set($i=1); } set($o=1); };',
      sub: 'initial state S enter { returnFSM(); };',
    },
    state: 'A',
    expected: { i: '1', o: '' },
  },
  {
    item: 80,
    about: 'returnFSM drops the rest and evaluates nothing again',
    diagrams: {
      main: `initial state A; state B enter { callFSM(sub); note(back); }; state C;
        transition t A - start -> B; transition u B - event -> C;`,
      sub: `initial state S; transition t S - event / { returnFSM(); set($x=1); } -> S;`,
    },
    events: [event],
    state: 'B',
    diagram: 'main',
    expected: { x: '' },
    notes: 'back',
  },
  {
    item: 81,
    about: 'repost before returnFSM',
    diagrams: {
      main: `initial state A; state B enter { callFSM(sub); }; state C;
        transition t A - start -> B; transition u B - event -> C;`,
      sub: `initial state S; transition t S - event / { repost(); returnFSM(); } -> S;`,
    },
    events: [event],
    state: 'C',
    diagram: 'main',
  },
  {
    item: 82,
    about: 'repost in the enter list of a jump is without effect',
    diagrams: {
      main: 'initial state A; state B; transition t A - event / jumpFSM(sub) -> B;',
      sub: 'initial state S enter { repost(); }; state T; transition t S - event -> T;',
    },
    events: [event],
    state: 'S',
    diagram: 'sub',
  },
  {
    item: 83,
    about: 'jump to an unknown diagram, return without a call',
    diagrams: 'initial state A enter { jumpFSM(nope); set($x=1); returnFSM(); set($y=1); };',
    state: 'A',
    expected: { x: '1', y: '1' },
    also: ({ lines }) =>
      assert.deepEqual(
        lines.map(({ level }) => level),
        ['error', 'warn'],
      ),
  },
  {
    item: 84,
    about: 'throw and its handler; the exit list runs twice',
    diagrams: `initial state A exit { note(o); }; state B; state C;
      transition t A - event / throw(boo,a=1;b=2) -> B;
      transition x A - exception; test(#type==boo) / { set($p=#a); set($q=#b); } -> C;`,
    events: [event],
    state: 'C',
    expected: { p: '1', q: '2' },
    notes: 'oo',
  },
  {
    item: 85,
    about: 'the handler of the state of the moment',
    diagrams: `initial state A; state B enter { throw(boo); }; state C; state D;
      transition t A - event -> B;
      transition x A - exception -> C; transition y B - exception -> D;`,
    events: [event],
    state: 'D',
  },
  {
    item: 86,
    about: 'no handler: the state stays and the next event is processed',
    diagrams: `initial state A; state B enter { throw(boo); note(1); }; state C;
      transition t A - event -> B; transition u B - key -> C;`,
    events: [event, ['Key']],
    state: 'C',
    notes: '',
    also: ({ counters }) => assert.equal(counters.counter('callbus_dsm_uncaught_total', '').value(), 1),
  },
  {
    item: 87,
    about: 'an exception of the initial enter list takes the place of start',
    diagrams: `initial state A enter { throw(boo,k=v); }; state B; state C;
      transition t A - start -> B; transition x A - exception / set($k=#k) -> C;`,
    state: 'C',
    expected: { k: 'v' },
  },
  {
    item: 88,
    about: 'repost in a handler stays in exception mode',
    diagrams: `initial state A; state B; state C; state D;
      transition t A - event / throw(boo) -> A; transition x A - exception / repost() -> B;
      transition u B - test() -> C; transition y B - exception -> D;`,
    events: [event],
    state: 'D',
  },
  {
    item: 89,
    about: 'an exception in a called diagram is its own',
    diagrams: {
      main: `initial state A; state B; state C;
        transition t A - event / callFSM(sub) -> B; transition x A - exception -> C;`,
      sub: `initial state S; state T; transition t S - event / throw(boo) -> S; transition x S - exception -> T;`,
    },
    events: [event, event],
    state: 'T',
    diagram: 'sub',
    also: ({ machine }) => assert.equal(machine.depth, 1),
  },
  {
    item: 91,
    about: 'throwOnError without an error',
    diagrams: 'initial state A enter { throwOnError(); note(1); };',
    state: 'A',
    notes: '1',
  },
  {
    item: 91,
    about: 'throwOnError with one',
    given: { errno: 'file', strerror: 't' },
    diagrams: `initial state A; state B; transition t A - event / throwOnError() -> B;
      transition x A - exception; test(#type==file) / set($text=#text) -> A;`,
    events: [event],
    state: 'A',
    expected: { text: 't' },
  },
  {
    item: 92,
    about: 'not key matches every other event, start too',
    diagrams: 'initial state A; state B; transition t A - not key(#key==1) -> B;',
    state: 'B',
  },
  {
    item: 92,
    about: 'not key does not match that key',
    diagrams: `initial state A; state B; state C; transition t A - start -> B;
      transition u B - not key(#key==1) -> C;`,
    events: [['Key', { key: '1' }]],
    state: 'B',
  },
  {
    item: 93,
    about: 'keyPress(1)',
    diagrams: 'initial state A; state B; transition t A - keyPress(1) -> B;',
    events: [['Key', { key: '1' }]],
    state: 'B',
  },
  {
    item: 93,
    about: 'keyPress( 1 )',
    diagrams: 'initial state A; state B; transition t A - keyPress( 1 ) -> B;',
    events: [['Key', { key: '1' }]],
    state: 'A',
  },
  {
    item: 94,
    about: 'an event inside a transition list meets the source, whose target is entered anyway',
    diagrams: `initial state A; state B; state C enter { note(C); }; state D;
      transition t A - invite / { raise(EarlySession); note(z); } -> B;
      transition u A - early -> C; transition v B - early -> D;`,
    events: [['Invite']],
    state: 'B',
    notes: 'Cz',
  },
  {
    item: 95,
    about: 'an event inside an enter list meets the new state',
    diagrams: `initial state A; state B enter { raise(EarlySession); note(z); }; state C enter { note(C); };
      transition t A - invite -> B; transition u B - early -> C;`,
    events: [['Invite']],
    state: 'C',
    notes: 'Cz',
  },
];

for (const { item, about, diagrams, given, events = [], state, diagram, expected = {}, notes, also, sems } of cases) {
  test(`DSM 8.3/${item}: ${about} {dsm-engine}`, async () => {
    const session = await startSession({
      diagrams,
      ...(given === undefined ? {} : { variables: given }),
      ...(sems === true ? { compatibility: semsBehaviour } : {}),
    });
    for (const [type, parameters] of events) await session.event(type, parameters);
    assert.equal(session.state(), state);
    if (diagram !== undefined) assert.equal(session.diagram(), diagram);
    for (const [name, value] of Object.entries(expected)) assert.equal(session.get(name), value, name);
    if (notes !== undefined) assert.equal(session.happened.notes.join(''), notes);
    also?.(session);
  });
}

test('DSM 8.3/78: callFSM in an enter list goes on behind it after a later return {dsm-engine}', async () => {
  const session = await startSession({
    diagrams: {
      main: 'initial state A; state B enter { callFSM(sub); set($x=1); }; transition t A - start -> B;',
      sub: 'initial state S; transition t S - event / returnFSM() -> S;',
    },
  });
  assert.deepEqual([session.diagram(), session.state(), session.get('x')], ['sub', 'S', '']);
  await session.event('DSMEvent');
  assert.deepEqual([session.diagram(), session.state(), session.get('x')], ['main', 'B', '1']);
});

test('DSM 8.3/90: what a handler sets in its parameters the host does not see {dsm-engine}', async () => {
  const session = await startSession({
    diagrams: `initial state A; state B;
      transition t A - sipRequest / throw(boo) -> B; transition x A - exception / set(#processed=true) -> A;`,
  });
  const parameters = new Map([['method', 'INFO']]);
  await session.machine.runEvent('SipRequest', parameters);
  assert.deepEqual([...parameters], [['method', 'INFO']]);
});

test('DSM 8.3/90: what the event’s own actions set the host sees {dsm-engine}', async () => {
  const session = await startSession({
    diagrams: 'initial state A; transition t A - sipRequest / set(#processed=true) -> A;',
  });
  const parameters = new Map([['method', 'INFO']]);
  await session.machine.runEvent('SipRequest', parameters);
  assert.equal(parameters.get('processed'), 'true');
});
