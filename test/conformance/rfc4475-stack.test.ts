/** Every torture message through the whole stack in simulated time: it says what the RFCs expect, and nothing is left over. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseMessage } from '../../core/sip/index.ts';
import { type Lab, lab, type Peer, serverAddress } from '../unit/sip/lab.ts';

const root = process.env['CALLBUS_CONFORMANCE'] ?? '';
const skip = root === '' || !existsSync(root) ? 'CALLBUS_CONFORMANCE is not set' : false;

interface Case {
  readonly file: string;
  readonly expected: string;
}

function cases(folder: string, extension: string): Case[] {
  if (skip !== false) return [];
  const [, ...rows] = readFileSync(join(root, folder, 'EXPECTED.tsv'), 'utf8')
    .trim()
    .split('\n');
  return rows.map((row) => {
    const cells = row.split('\t');
    return { file: join(root, folder, `${cells[0]}${extension}`), expected: cells.at(-1) ?? '' };
  });
}

/** `accepted`: handed to the owner; `response`: a response that met no transaction; `silence`; or a status. */
async function outcome(room: Lab, peer: Peer, message: Uint8Array): Promise<string> {
  const owned = room.dialogs.length + room.requests.length;
  const strays = room.counter('stray_messages');
  await peer.send(message);
  if (room.dialogs.length + room.requests.length > owned) return 'accepted';
  if (room.counter('stray_messages') > strays) return 'response';
  const status = peer.startLines.at(-1)?.split(' ')[1] ?? 'silence';
  // Well-formed, and for a dialog that we do not have.
  const parsed = parseMessage(message);
  return status === '481' && parsed.kind === 'request' && parsed.toTag !== '' ? 'accepted' : status;
}

/** What EXPECTED.tsv lets an end point do. */
function allowed(expected: string): string[] {
  const statuses = expected.match(/\b[4-6]\d\d\b/g) ?? [];
  if (/^discard/.test(expected)) return ['silence'];
  if (/^(accept|endpoint|ignore|tolerate)/.test(expected)) return ['accepted', 'response', ...statuses];
  return /\((may|or) /.test(expected) ? ['accepted', ...statuses] : statuses;
}

for (const { file, expected } of [...cases('rfc4475', '.dat'), ...cases('rfc5118', '')]) {
  const name = file.slice(root.length + 1);
  test(`${name} through the stack: ${expected} {sip-robust}`, async () => {
    const room = await lab();
    const peer = await room.peer('10.0.0.2');
    peer.tolerant = true;
    const got = await outcome(room, peer, readFileSync(file));
    assert.ok(allowed(expected).includes(got), `${got} instead of ${expected}`);
    for (const dialog of room.dialogs) dialog.respond(486);
    for (const request of room.requests) request.respond(501);
    await room.assertEmpty();
    assert.equal(room.faults(), 0);
  });

  test(`${name} over TCP, byte by byte: nothing is left over {sip-robust}`, async () => {
    const room = await lab();
    const { seams } = room.sim.host('10.0.0.2');
    const connecting = seams.network.connectTcp({ address: serverAddress, port: 5060 }, { timeoutMs: 1000 });
    await room.pass(50);
    const connection = await connecting;
    for (const byte of readFileSync(file)) connection.write(Uint8Array.of(byte));
    await room.pass(100);
    for (const dialog of room.dialogs) dialog.respond(486);
    for (const request of room.requests) request.respond(501);
    await room.pass(1000);
    connection.end();
    await room.assertEmpty();
    assert.equal(room.faults(), 0);
  });
}

test('the torture corpus is there {sip-robust}', { skip }, () => {
  assert.ok(cases('rfc4475', '.dat').length > 0);
  assert.ok(cases('rfc5118', '').length > 0);
});
