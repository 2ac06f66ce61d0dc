import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answering, makeEngine } from './make-engine.ts';

test('an incoming call is answered with SDP, heard and hung up; its events tell it once {call-in}', async () => {
  const w = makeEngine({ applications: [answering('echo', (call) => void call.playItem({ kind: 'echo' }))] });
  const dialog = w.sip.incoming('sip:echo@example.org');
  await w.settle();
  assert.deepEqual(dialog.statuses, [200]);
  assert.equal(w.media.streams[0]?.items[0]?.request.kind, 'echo');
  assert.deepEqual(w.media.streams[0]?.configured[0]?.remote, { address: '192.0.2.9', port: 4000 });
  assert.equal(w.engine.statistics.calls(), 1);
  dialog.bye();
  await w.settle();
  assert.equal(w.engine.calls().length, 0);
  assert.equal(w.media.open.length, 0);
  assert.deepEqual(
    w.events.map(({ name }) => name),
    ['call.started', 'call.answered', 'quality', 'call.ended'],
  );
  const [ended] = w.published('call.ended');
  assert.equal(ended?.['status'], 200);
  assert.equal(ended?.['endedBy'], 'remote');
  assert.equal(ended?.['from'], '"Ann" <sip:ann@example.org>;tag=a1');
  assert.equal(w.clock.pending, 0);
});
