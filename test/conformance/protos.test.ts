/** PROTOS c07-sip: broken INVITEs and their tear-downs. The only verdict: the stack lives and nothing leaks. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { lab } from '../unit/sip/lab.ts';

const root = join(process.env['CALLBUS_CONFORMANCE'] ?? '', 'protos');
const skip = existsSync(root) ? false : 'CALLBUS_CONFORMANCE is not set';

/** The PDUs of a file: `<length> <bytes>`, one after the other. */
function pdus(file: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < file.length; ) {
    const blank = file.indexOf(0x20, at);
    const length = Number(file.toString('latin1', at, blank));
    if (blank < 0 || !Number.isInteger(length)) break;
    found.push(file.toString('latin1', blank + 1, blank + 1 + length));
    at = blank + 1 + length;
  }
  return found;
}

function filled(pdu: string, values: Readonly<Record<string, string>>): Buffer {
  const text = pdu.replace(/<([A-Z][A-Za-z]*(?:-[A-Z][A-Za-z]*)*)>/gi, (whole, name: string) => values[name] ?? whole);
  const bodyStart = text.search(/\r?\n\r?\n/);
  const blank = /\r?\n\r?\n/.exec(text.slice(Math.max(bodyStart, 0)))?.[0].length ?? 0;
  const length = bodyStart < 0 ? 0 : text.length - bodyStart - blank;
  return Buffer.from(text.replaceAll('<Content-Length>', String(length)), 'latin1');
}

const methods = ['CANCEL', 'ACK', 'BYE'];

test('every PROTOS case through the stack: it lives, and nothing is left over {sip-robust}', { skip }, async () => {
  const room = await lab({ newCallsPerSecondPerSource: 0 });
  const peer = await room.peer('10.0.0.2');
  peer.keep = false;
  const handlers = room.stack.handlers;
  room.stack.handlers = {
    onInvite(dialog) {
      handlers.onInvite(dialog);
      const { onEvent } = dialog;
      dialog.onEvent = (event) => {
        onEvent(event);
        if (event.kind === 'noAck') dialog.end();
        if (event.kind === 'request') event.request.respond(200);
      };
      dialog.respond(180);
      dialog.respond(room.dialogs.length % 2 === 0 ? 486 : 200);
      if (room.dialogs.length % 5 === 0) dialog.end();
    },
    onRequest: (request) => request.respond(405),
  };
  const files = readdirSync(root).filter((name) => /^\d+$/.test(name));
  for (const [index, name] of files.entries()) {
    const values = {
      To: 'echo@10.0.0.1',
      From: 'peer@10.0.0.2',
      'From-Address': '10.0.0.2',
      'From-IP': '10.0.0.2',
      'Local-Port': '5060',
      'Call-ID': `call${index}`,
      CSeq: '1',
      'Branch-ID': String(index),
      'Teardown-Method': methods[index % methods.length] ?? 'CANCEL',
    };
    for (const pdu of pdus(readFileSync(join(root, name)))) {
      // What a datagram can hold.
      peer.socket?.send(filled(pdu, values).subarray(0, 65_000), { address: '10.0.0.1', port: 5060 });
    }
    await room.pass(30);
  }
  assert.ok(files.length > 0);
  assert.ok(room.dialogs.length > 0, `${room.dialogs.length} of them made a call`);
  peer.keep = true;
  room.stack.handlers = { onInvite: () => {}, onRequest: (request) => request.respond(200) };
  await peer.send(peer.request('OPTIONS'));
  assert.equal(peer.lastResponse().status, 200);
  peer.keep = false;
  await room.assertEmpty();
  assert.equal(room.faults(), 0);
});
