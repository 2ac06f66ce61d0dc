import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../core/runtime/index.ts';
import { startPeer } from '../../support/peers.ts';

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

test('text lines show control characters beyond ASCII and changes of direction as escapes', () => {
  const { lines, log } = logTo('text');
  log.info('from \u009b2J', { user: 'a\u202eb \u009b', port: 5060 });
  assert.match(lines[0] ?? '', / from \\u009b2J user="a\\u202eb \\u009b" port=5060\n$/);
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

const talkative = `
import { createLog, processFace } from ${JSON.stringify(new URL(import.meta.url.endsWith('.ts') ? '../../../core/runtime/index.ts' : '../../../core/runtime/index.js', import.meta.url).href)};
const { log } = createLog({ level: 'info', format: 'json' });
for (let i = 0; i < 2000; i++) log.info('line', { i });
processFace().exit(4);
`;
const script = ['--import', 'tsx', '--input-type=module', '-e', talkative];

test('every line is written before the process ends', async () => {
  const peer = startPeer(process.execPath, script, { limitMs: 20_000 });
  const { code, timedOut } = await peer.ended;
  assert.deepEqual({ code, timedOut }, { code: 4, timedOut: false });
  assert.match(peer.output(), /"i":1999/);
});

test('a log reader who is gone or stalls does not keep the process from ending', async () => {
  for (const reader of ['head -c 1', 'sleep 4']) {
    const command = `"$0" "$@" 2>&1 >/dev/null | ${reader} >/dev/null; exit "\${PIPESTATUS[0]}"`;
    const peer = startPeer('bash', ['-c', command, process.execPath, ...script], { limitMs: 20_000 });
    assert.deepEqual(await peer.ended, { code: 4, signal: null, timedOut: false });
  }
});
