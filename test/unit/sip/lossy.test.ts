import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulation } from '../../../core/runtime/index.ts';
import { createSipStack } from '../../../core/sip/index.ts';
import { sipConfig } from './lab.ts';

const sdp = { contentType: 'application/sdp', content: Buffer.from('v=0\r\n') };

/** 40 calls between two stacks over a link that loses, doubles and reorders packets. */
async function callsOverBadLink(seed: number): Promise<string[]> {
  const impairments = { latencyMs: 20, jitterMs: 10, loss: 0.2, duplicate: 0.1, reorder: 0.1, reorderMs: 60 };
  const sim = createSimulation({ seed, impairments });
  const listen = [{ transport: 'udp' as const, address: '0.0.0.0', port: 5060 }];
  const caller = await createSipStack(sim.host('10.0.0.1').seams, sipConfig({ listen }));
  const callee = await createSipStack(sim.host('10.0.0.2').seams, sipConfig({ listen }));
  const log: string[] = [];
  callee.handlers = {
    onInvite(dialog) {
      dialog.onEvent = ({ kind }) => log.push(`callee ${kind}`);
      dialog.respond(180);
      dialog.respond(200, undefined, { body: sdp });
    },
    onRequest: (request) => request.respond(200),
  };
  caller.open();
  callee.open();
  for (let at = 0; at < 40; at++) {
    const dialog = caller.invite({
      requestUri: 'sip:echo@10.0.0.2',
      from: '<sip:a@10.0.0.1>',
      to: '<sip:echo@10.0.0.2>',
      localTag: `tag${at}`,
      offer: async () => sdp,
    });
    dialog.onEvent = (event) => {
      if (event.kind === 'failed') log.push(`failed ${event.response.status}`);
      if (event.kind !== 'answered') return;
      log.push('answered');
      dialog.acknowledge();
      sim.clock.after(8000, () => dialog.end());
    };
    await sim.clock.advance(100);
  }
  await sim.clock.advance(200_000);
  assert.deepEqual(caller.load, { transactions: 0, dialogs: 0, connections: 0 });
  assert.deepEqual(callee.load, { transactions: 0, dialogs: 0, connections: 0 });
  assert.equal(sim.clock.pending, 0);
  return log;
}

test('calls over a link that loses a fifth of the packets are answered and ended, each once {sip-loss}', async () => {
  const log = await callsOverBadLink(7);
  const count = (line: string): number => log.filter((each) => each === line).length;
  assert.deepEqual([count('answered'), count('callee acknowledged'), count('callee bye')], [40, 40, 40]);
  assert.equal(log.length, 120);
});

test('the same seed gives the same course of events {sip-loss}', async () => {
  assert.deepEqual(await callsOverBadLink(9), await callsOverBadLink(9));
});
