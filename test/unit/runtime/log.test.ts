import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../core/runtime/index.ts';

function logTo(format: 'text' | 'json') {
  const lines: string[] = [];
  return { lines, ...createLog({ level: 'info', format, write: (line) => lines.push(line) }) };
}

test('JSON lines carry time, level, bound fields and the message', () => {
  const { lines, log } = logTo('json');
  log.child({ call: 'a1' }).warn('no answer', { status: 408 });
  const entry: unknown = JSON.parse(lines[0] ?? '');
  assert.ok(typeof entry === 'object' && entry !== null && 'time' in entry);
  const { time, ...rest } = entry;
  assert.match(String(time), /^\d{4}-\d\d-\d\dT/);
  assert.deepEqual(rest, { level: 'warn', call: 'a1', status: 408, msg: 'no answer' });
});

test('text lines are for people: one line each, whatever the outside put into them', () => {
  const { lines, log } = logTo('text');
  log.info('from "x"\r\nINVITE \u001b[2J', { user: 'a b\n', port: 5060 });
  assert.match(
    lines[0] ?? '',
    /^\d\d:\d\d:\d\d\.\d{3} info {2}from "x"\\r\\nINVITE \\u001b\[2J user="a b\\n" port=5060\n$/,
  );
});

test('the switch of the level holds for children made before', () => {
  const { lines, log, control } = logTo('json');
  const child = log.child({ call: 'a1' });
  child.debug('hidden');
  control.level = 'debug';
  child.debug('shown');
  control.level = 'error';
  child.warn('hidden');
  assert.equal(lines.length, 1);
});
