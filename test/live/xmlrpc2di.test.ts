/** Python's SimpleXMLRPCServer, which SEMS's example servers are written on, asked by `xmlrpc2di`. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { loadConfig } from '../../core/config/index.ts';
import type { DiValue } from '../../core/di/index.ts';
import { silentLog } from '../../core/runtime/index.ts';
import { realSeams } from '../../core/runtime/real-seams.ts';
import { startXmlRpcClient, type XmlRpcClientConfig, XmlRpcClientConfigSchema } from '../../rpc/index.ts';
import { startPeer } from '../support/peers.ts';

const python = spawnSync('python3', ['-c', 'import xmlrpc.server']).status === 0;
const skip = python ? false : 'python3 is not there';

/** As SEMS's cc_acc_xmlrpc example: accounts with a credit. */
const server = `
import xmlrpc.server as x
credit = {'alice': 350}
def subtract(name, amount):
    credit[name] -= amount
    return [credit[name], 'ok']
s = x.SimpleXMLRPCServer(('127.0.0.1', 0), logRequests=False, allow_none=True)
s.register_function(lambda name: credit[name], 'getCredit')
s.register_function(subtract, 'subtractCredit')
s.register_function(lambda *values: list(values), 'echo')
print('port %d' % s.server_address[1], flush=True)
s.serve_forever()
`;

test('python3 SimpleXMLRPCServer answers values, lists and faults {xmlrpc2di-client}', { skip }, async () => {
  const peer = startPeer('python3', ['-c', server], { limitMs: 20_000 });
  try {
    const [, port = ''] = await peer.shows(/^port (\d+)$/m, 10_000);
    const text = JSON.stringify({ servers: [{ application: 'acc', host: '127.0.0.1', port: Number(port) }] });
    const config = loadConfig<XmlRpcClientConfig>({ schema: XmlRpcClientConfigSchema, text });
    const client = await startXmlRpcClient(config, realSeams({ log: silentLog }));
    const ask = (method: string, ...params: DiValue[]) => client.send('acc', method, params, null);
    assert.deepEqual(await ask('getCredit', 'alice'), { kind: 'value', value: 350 });
    assert.deepEqual(await ask('subtractCredit', 'alice', 50), { kind: 'value', value: [300, 'ok'] });
    const values: DiValue[] = ['a<&>é', -1, true, { b: [1.5], a: '' }, new Uint8Array([0, 255])];
    assert.deepEqual(await ask('echo', ...values), {
      kind: 'value',
      value: ['a<&>é', -1, true, { b: [1.5], a: '' }, Buffer.from([0, 255])],
    });
    const fault = await ask('getCredit', 'nobody');
    assert.deepEqual(fault?.kind === 'fault' && fault.code, 1);
  } finally {
    await peer.stop();
  }
});
