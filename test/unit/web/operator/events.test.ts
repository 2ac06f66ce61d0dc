import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerEvent } from '../../../../clients/typescript/index.ts';
import {
  emptyBuffer,
  eventsWith,
  jsonLines,
  resumed,
  withEvents,
} from '../../../../clients/web/operator/events/event-buffer.ts';

const event = (id: number, name = 'call.started'): ServerEvent => ({ id, name, at: '', payload: { call: `c${id}` } });
const ids = (events: readonly ServerEvent[]): number[] => events.map(({ id }) => id);

test('events are bounded, wait while it is paused, and come in afterwards {web-operator}', () => {
  let buffer = withEvents(emptyBuffer, [event(1), event(2), event(3)], 2);
  assert.deepEqual([ids(buffer.shown), buffer.dropped], [[2, 3], 1]);
  buffer = withEvents({ ...buffer, paused: true }, [event(4)], 2);
  assert.deepEqual([ids(buffer.shown), ids(buffer.waiting)], [[2, 3], [4]]);
  buffer = resumed(buffer, 2);
  assert.deepEqual([ids(buffer.shown), ids(buffer.waiting), buffer.paused], [[3, 4], [], false]);
});

test('events are found by name and payload, and exported one a line {web-operator}', () => {
  const events = [event(1), event(2, 'call.ended')];
  assert.deepEqual(
    [ids(eventsWith(events, 'ENDED')), ids(eventsWith(events, 'c1')), ids(eventsWith(events, ''))],
    [[2], [1], [1, 2]],
  );
  const lines = jsonLines(events).trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).id),
    [1, 2],
  );
});
