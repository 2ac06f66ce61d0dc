/** Requests outside dialogs, and event packages, for modules. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Subscriber } from '../../../core/call/index.ts';
import { CodedError } from '../../../core/runtime/index.ts';
import type { Flow, NotifierHandlers, OutgoingRequest, ServerSubscription } from '../../../core/sip/index.ts';
import { makeEngine } from './make-engine.ts';

const order: OutgoingRequest = {
  method: 'NOTIFY',
  requestUri: 'sip:alice@example.org',
  from: '<sip:us@example.org>',
  to: '<sip:alice@example.org>',
};

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (fault) {
    return fault instanceof CodedError ? fault.code : String(fault);
  }
  return 'none';
}

test('a request of a module goes where the dial rules allow: by its hops when it has some, else its URI {mwi}', async () => {
  const { engine, sip } = makeEngine({ dial: { allow: ['proxy.example'], deny: ['10.6.6.6'] } });
  await engine.request({ ...order, outboundProxy: '<sip:proxy.example;lr>' });
  await engine.request({ ...order, requestUri: 'sip:alice@10.0.0.9' });
  assert.equal(sip.requested.length, 2);
  const refused: readonly Partial<OutgoingRequest>[] = [
    { requestUri: 'sip:alice@203.0.113.9' },
    { requestUri: 'sip:alice@10.6.6.6' },
    { outboundProxy: '<sip:203.0.113.9;lr>' },
    { requestUri: 'sip:alice@10.0.0.9', nextHop: '203.0.113.9' },
    { requestUri: 'sip:alice@10.0.0.9', headers: [['Route', '<sip:203.0.113.9;lr>']] },
  ];
  for (const change of refused)
    assert.equal(
      codeOf(() => engine.request({ ...order, ...change })),
      'dial.forbidden',
      JSON.stringify(change),
    );
  assert.equal(sip.requested.length, 2);
  assert.equal(sip.requested[0]?.admitTarget?.({ address: '203.0.113.9', port: 5060 }), true, 'its name is allowed');
  assert.equal(sip.requested[0]?.admitTarget?.({ address: '10.6.6.6', port: 5060 }), false);
});

test('a line break in a header, a party or a hop is refused {mwi}', () => {
  const { engine, sip } = makeEngine();
  for (const change of [
    { from: '<sip:us@example.org>\r\nX: 1' },
    { nextHop: '10.0.0.9\r\n' },
    { headers: [['X', 'a\r\nVia: b']] as const },
  ])
    assert.equal(
      codeOf(() => engine.request({ ...order, ...change })),
      'dial.failed',
    );
  assert.equal(sip.requested.length, 0);
});

test('a package is served once, to subscribers that are known, and not during a shutdown {mwi}', () => {
  const { engine, sip } = makeEngine({ dial: { allow: ['phones.example'], deny: ['192.0.2.66'] } });
  const heard: Subscriber[] = [];
  const served = engine.serveEvents('message-summary', {
    onSubscribe: (_, subscriber) => void heard.push(subscriber),
  });
  const handlers = sip.notifiers.get('message-summary') as NotifierHandlers;
  const flow = sip.flow(false);
  const refusals: number[] = [];
  const request = { header: () => null };
  const subscription = {
    request,
    flow,
    reject: (status: number) => void refusals.push(status),
  } as unknown as ServerSubscription;
  handlers.onSubscribe(subscription);
  assert.deepEqual(heard, [{ trusted: false, user: null }]);
  engine.shutdownMode = true;
  handlers.onSubscribe(subscription);
  assert.deepEqual([heard.length, refusals], [1, [503]]);

  const goes = (address: string, uri: string, from: Flow = flow): boolean | undefined =>
    handlers.admitTarget?.({ address, port: 5060 }, uri, from);
  assert.equal(goes('192.0.2.9', 'sip:a@192.0.2.9:7000'), true, 'back to who subscribed');
  assert.equal(goes('203.0.113.9', 'sip:a@203.0.113.9'), false);
  assert.equal(goes('10.0.0.9', 'sip:a@10.0.0.9'), true);
  assert.equal(goes('203.0.113.9', 'sip:a@phones.example'), true);
  assert.equal(goes('203.0.113.9', 'mailto:a@example.org'), false);
  const denied = { ...flow, remote: { address: '192.0.2.66', port: 5060 } };
  assert.equal(goes('192.0.2.66', 'sip:a@192.0.2.66', denied), false, 'dial.deny counts for everybody');
  served.dispose();
  assert.deepEqual(sip.eventPackages, []);
});
