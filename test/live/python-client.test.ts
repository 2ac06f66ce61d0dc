/** The Python client: its own tests, and against the real server with and without a token. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { packageFile, realRandom } from '../../core/runtime/index.ts';
import { hashPassword } from '../../rpc/index.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';
import { skipWithout, startPeer } from '../support/peers.ts';

const skip = skipWithout('python3');
const folder = packageFile('clients/python');
const password = 'correct-horse-battery';

async function python(args: readonly string[], limitMs = 60_000): Promise<string> {
  const peer = startPeer('python3', args, {
    limitMs,
    cwd: folder,
    environment: { PYTHONDONTWRITEBYTECODE: '1', PYTHONPATH: folder },
  });
  const { code } = await peer.ended;
  assert.equal(code, 0, peer.output());
  return peer.output();
}

test("the Python client's own tests pass {python-client}", { skip }, async () => {
  const output = await python(['-m', 'unittest', 'discover', '-s', '.', '-t', '.']);
  assert.match(output, /Ran \d+ tests[\s\S]*OK/);
});

suite('against an open server', { skip }, () => {
  let server: LiveServer;
  before(async () => {
    server = await startLiveServer();
  });
  after(() => server?.stop());

  for (const protocol of ['json', 'xml']) {
    test(`the Python client works over ${protocol}, without a token {python-client}`, async () => {
      assert.match(await python(['-m', 'tests.live_check', server.http, protocol]), /client works/);
    });
  }

  test('the command line calls a function {python-client}', async () => {
    const output = await python(['-m', 'callbus', 'call', 'monitoring.list', '--json', '--url', server.http]);
    assert.deepEqual(JSON.parse(output), []);
    assert.match(await python(['-m', 'callbus', 'methods', '--url', server.http]), /^monitoring\.list$/m);
  });
});

suite('against a server with users', { skip }, () => {
  let server: LiveServer;
  let token = '';
  before(async () => {
    const hash = await hashPassword(password, realRandom());
    server = await startLiveServer({
      config: {
        rpc: {
          listen: { address: '127.0.0.1', port: 0 },
          netstring: null,
          users: [{ name: 'admin', hash, scopes: ['admin'] }],
        },
      },
    });
    const peer = startPeer(
      process.execPath,
      [
        join(folder, '../../dist/program/cli.js'),
        ...['token', 'create', '--name', 'python', '--scopes', 'monitoring:*'],
        ...['--config', join(server.folder, 'callbus.yaml')],
      ],
      { limitMs: 20_000, cwd: server.folder },
    );
    await peer.ended;
    token = peer.output().trim().split('\n').at(-1) ?? '';
    assert.match(token, /^\S{16,}$/, peer.output());
  });
  after(() => server?.stop());

  for (const protocol of ['json', 'xml']) {
    test(`the Python client works over ${protocol} with a token, and is refused without {python-client}`, async () => {
      assert.match(await python(['-m', 'tests.live_check', server.http, protocol, token]), /client works/);
    });
  }
});
