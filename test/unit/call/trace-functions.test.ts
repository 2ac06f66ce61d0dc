import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registerTrace } from '../../../core/call/index.ts';
import type { DiValue } from '../../../core/di/index.ts';
import { Counters, MemoryFiles } from '../../../core/runtime/index.ts';
import { makeBus } from '../di/make-bus.ts';
import { lab } from '../sip/lab.ts';

async function traced() {
  const room = await lab();
  const { bus, context } = makeBus();
  const call = (module: string, name: string, ...args: DiValue[]): Promise<DiValue> =>
    bus.invoke(module, name, args, context());
  const files = new MemoryFiles({ unixMs: () => 0 });
  const traces = registerTrace(bus, { trace: room.stack.trace, files, counters: new Counters(), directory: '/traces' });
  const peer = await room.peer('10.0.0.2');
  const refuseACall = async (callId: string): Promise<void> => {
    await peer.send(peer.request('INVITE', { callId, branch: `z9hG4bK${callId}` }));
    room.dialogs.at(-1)?.respond(486);
    await room.pass(50);
  };
  return { room, call, files, traces, refuseACall };
}

test('trace.call, trace.ladder and trace.pcap give the messages of a call by Call-ID or tag {sip-trace}', async () => {
  const { room, call, refuseACall } = await traced();
  await refuseACall('call1');
  const tag = room.dialogs[0]?.ids.localTag ?? '';
  for (const name of ['call1', tag]) {
    const messages = (await call('trace', 'call', name)) as { direction: string; text: string }[];
    assert.deepEqual(
      messages.map(({ direction }) => direction),
      ['in', 'out', 'out'],
    );
  }
  assert.match(
    String(await call('trace', 'ladder', 'call1')),
    /-- INVITE .*\n.*100 Trying INVITE.*\n.*486 Busy Here INVITE/,
  );
  const pcap = (await call('trace', 'pcap', 'call1')) as Uint8Array;
  assert.equal(Buffer.from(pcap).readUInt32LE(0), 0xa1b2c3d4);
  await assert.rejects(call('trace', 'call', 'nobody'), { code: 'call.unknown' });
});

test('a pcap file takes what is said until it is stopped, filtered, and never more than its limit {sip-trace}', async () => {
  const { call, files, traces, refuseACall } = await traced();
  assert.equal(await call('trace', 'start', 'all.pcap'), '/traces/all.pcap');
  await call('trace', 'start', 'one.pcap', 'Call-ID: call2');
  await assert.rejects(call('trace', 'start', 'all.pcap'), { code: 'rpc.wrongType' });
  await assert.rejects(call('trace', 'start', '../all.pcap'), { code: 'rpc.wrongType' });
  await refuseACall('call1');
  await refuseACall('call2');
  const all = (await call('trace', 'stop', 'all.pcap')) as { messages: number; bytes: number; leftOut: number };
  const one = (await call('trace', 'stop', 'one.pcap')) as { messages: number };
  assert.deepEqual([all.messages, one.messages, all.leftOut], [6, 3, 0]);
  assert.equal((await files.read('/traces/all.pcap')).length, all.bytes);
  await assert.rejects(call('trace', 'stop', 'all.pcap'), { code: 'file.missing' });
  await traces.stop();
});
