/** Python as `sems-stats`: a command over UDP to the module on a real socket. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import type { DiValue } from '../../core/di/index.ts';
import { realClock, realNetwork } from '../../core/runtime/index.ts';
import { runCommand } from '../../di-modules/stats/commands.ts';
import { startPeer } from '../support/peers.ts';

const python = spawnSync('python3', ['-c', 'import re, socket']).status === 0;
const skip = python ? false : 'python3 is not there';

/** As SEMS's Munin script reads the figures. */
const program = `
import re, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(5)
for command, pattern in (('calls', 'Active calls: (.*)'), ('get_callsmax', 'Maximum active calls: (.*)')):
    s.sendto((command + '\\n').encode(), ('127.0.0.1', int(sys.argv[1])))
    reply = s.recv(2048).decode()
    assert reply.endswith('\\n\\0'), reply
    print(re.match(pattern, reply).group(1), flush=True)
`;

test('python3 reads figures over UDP as SEMS clients do {stats-udp}', { skip }, async () => {
  const services = {
    version: 'x',
    dump() {},
    invoke: async (_: string, name: string): Promise<DiValue> => (name === 'calls' ? 3 : 5),
  };
  const socket = await realNetwork(realClock()).udp({
    address: '127.0.0.1',
    port: 0,
    onDatagram: (bytes, from) =>
      void runCommand(Buffer.from(bytes).toString().replace('\n', ''), services).then((text) =>
        socket.send(Buffer.from(`${text}\0`), from),
      ),
    onError: () => {},
  });
  const peer = startPeer('python3', ['-c', program, String(socket.local.port)], { limitMs: 15_000 });
  try {
    assert.ok(await peer.shows(/^3\n5$/m, 10_000));
  } finally {
    await peer.stop();
    socket.close();
  }
});
