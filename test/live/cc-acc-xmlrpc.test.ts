/** Python's SimpleXMLRPCServer, which SEMS's accounting server is written on, asked by `cc_acc_xmlrpc`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadServerConfig, startServer } from '../../core/main.ts';
import { realSeams, silentLog } from '../../core/runtime/index.ts';
import { memoryStorage } from '../../core/storage/index.ts';
import { skipWithout, startPeer } from '../support/peers.ts';

const server = `
import xmlrpc.server as x
credit = {'12': 350}
def subtract(request):
    assert request[0]['methodName'] == 'subtractCredit'
    credit[request[0]['pin']] -= request[0]['amount']
    return credit[request[0]['pin']]
s = x.SimpleXMLRPCServer(('127.0.0.1', 0), logRequests=False)
s.register_function(lambda pin: credit.get(pin, -1), 'getCredit')
s.register_function(subtract, 'subtractCredit')
print('port %d' % s.server_address[1], flush=True)
s.serve_forever()
`;

test("cc_acc_xmlrpc sends SEMS's messages: a PIN, or an array of one struct {cc-acc}", {
  skip: skipWithout('python3'),
  timeout: 800_000,
}, async () => {
  const peer = startPeer('python3', ['-c', server], { limitMs: 50_000 });
  const [, port = ''] = await peer.shows(/^port (\d+)$/m, 30_000);
  const config = await loadServerConfig({
    file: 'cc-acc.json',
    text: JSON.stringify({
      sip: { listen: [{ transport: 'udp', address: '127.0.0.1', port: 0 }] },
      rpc: { listen: null, netstring: null },
      modules: { xmlrpc2di: {}, cc_acc_xmlrpc: { server_address: '127.0.0.1', server_port: Number(port) } },
    }),
  });
  const seams = realSeams({ log: silentLog });
  const running = await startServer({ seams, logControl: { level: 'error' }, config, storage: memoryStorage() });
  try {
    const context = running.bus.moduleContext('test');
    const ask = (name: string, ...args: (string | number)[]) => running.bus.invoke('cc_acc', name, args, context);
    assert.deepEqual(await ask('getCredit', '12'), [350]);
    assert.deepEqual(await ask('subtractCredit', '12', 60), [290]);
    assert.deepEqual(await ask('getCredit', '13'), [-1]);
    await assert.rejects(ask('subtractCredit', '13', 60), { code: 'network.failed' });
    assert.equal(await ask('connectCall'), null);
  } finally {
    await running.stop();
    await peer.stop();
  }
});
