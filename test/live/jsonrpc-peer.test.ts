/** A JSON-RPC peer written in Python, in netstrings, both ways: it is called, and calls back. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { startPeer } from '../support/peers.ts';
import { withRpc } from '../unit/rpc/world.ts';

const python = spawnSync('python3', ['-c', 'import json, socket']).status === 0;
const skip = python ? false : 'python3 is not there';

const peerProgram = `
import json, socket
s = socket.socket()
s.bind(('127.0.0.1', 0)); s.listen(1)
print('port %d' % s.getsockname()[1], flush=True)
c, _ = s.accept()
f = c.makefile('rwb')
def receive():
    n = b''
    while True:
        b = f.read(1)
        if b in (b':', b''): break
        n += b
    text = f.read(int(n)); assert f.read(1) == b','
    return json.loads(text)
def send(message):
    text = json.dumps(message).encode()
    f.write(b'%d:%s,' % (len(text), text)); f.flush()
request = receive()
assert request['method'] == 'add' and isinstance(request['id'], str), request
send({'jsonrpc': '2.0', 'id': 'mine', 'method': 'core.calls', 'params': []})
answer = receive()
assert answer == {'id': 'mine', 'jsonrpc': '2.0', 'result': [3]}, answer
send({'jsonrpc': '2.0', 'id': request['id'], 'result': sum(request['params'])})
print('note %s' % json.dumps(receive(), sort_keys=True), flush=True)
`;

test('python3 is called by execRpc, calls back on the same connection, and gets a notification {jsonrpc-peers}', {
  skip,
}, async () => {
  const peer = startPeer('python3', ['-c', peerProgram], { limitMs: 20_000 });
  const [, port = ''] = await peer.shows(/^port (\d+)$/m, 10_000);
  const peers = [{ name: 'sums', host: '127.0.0.1', port: Number(port), scopes: ['viewer'] }];
  try {
    await withRpc({ peers }, async ({ bus }) => {
      const context = { ...bus.moduleContext('test'), face: 'xml-rpc' as const };
      const answered = new Promise<unknown>((resolve) => {
        bus.subscribe('jsonrpc.response', ['*:*'], ({ payload }) => resolve(payload['value']));
      });
      const request = ['me', '', '', 0, '127.0.0.1', Number(port), 'add', [1, 2, 4]];
      const [code, , id = ''] = (await bus.invoke('jsonrpc', 'execRpc', request, context)) as [number, string, string];
      assert.equal(code, 200);
      assert.equal(await answered, 7);
      await bus.invoke('jsonrpc', 'sendMessage', [id, 0, 'done', '', '', [true]], context);
      const [, note] = await peer.shows(/^note (.*)$/m, 5000);
      assert.equal(note, '{"jsonrpc": "2.0", "method": "done", "params": [true]}');
    });
  } finally {
    await peer.stop();
  }
});
