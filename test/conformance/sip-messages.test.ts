/** Loose messages, call flows and PROTOS cases written by others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../core/runtime/index.ts';
import { parseSdp } from '../../core/sdp/index.ts';
import { findBody, parseMessage, withHeaders } from '../../core/sip/index.ts';
import { bytes, names, protosPdus, skipWithout, text } from './sip-data.ts';

/** Odd or broken on purpose; their names say why they are not let in. */
const refusedStatus: { readonly [file: string]: number } = {
  'bad_uri.sip': 400,
  'bad_via1.sip': 400,
  'bad_via2.sip': 400,
  'bad_via3.sip': 400,
  'message02.sip': 400,
  'invite3-callid.sip': 400,
  'invite4-cseq.sip': 400,
  'invite5-callid.sip': 400,
  'no_eom_reply.sip': 400,
  'short_reply.sip': 400,
};

test('the messages of kamailio are let in, or refused for the fault that they carry {sip-parser}', {
  skip: skipWithout('sip-messages/kamailio'),
}, () => {
  for (const name of names('sip-messages/kamailio', '.sip')) {
    const parsed = parseMessage(bytes('sip-messages/kamailio', name));
    const expected = refusedStatus[name];
    if (expected !== undefined) assert.equal(parsed.kind === 'refused' && parsed.status, expected, name);
    else if (parsed.kind !== 'refused')
      assert.deepEqual(Buffer.from(withHeaders(parsed, [])), Buffer.from(parsed.bytes), name);
  }
});

/** Messages of the flow files: YAML block scalars, indented by two blanks. */
function messagesOf(file: string): string[] {
  return file
    .split(/^- \|[+-]?$/m)
    .slice(1)
    .map((block) => block.replace(/^\n/, '').replace(/^ {2}/gm, '').replace(/\n+$/, '\n'));
}

for (const folder of ['rfc3327', 'rfc3515', 'rfc3665']) {
  const path = `callflows/${folder}`;
  test(`every message of ${folder} is read and keeps its bytes {sip-parser}`, { skip: skipWithout(path) }, () => {
    let count = 0;
    for (const name of names(path, '.yaml')) {
      for (const flow of messagesOf(text(path, name))) {
        // Content-Length of the RFCs counts other line ends than the files have.
        const whole = `${flow.replace(/\nContent-Length:.*/i, '')}\n`.replaceAll('\n', '\r\n');
        const parsed = parseMessage(Buffer.from(whole));
        if (parsed.kind === 'refused') assert.fail(`${name}: ${parsed.why}\n${flow}`);
        assert.equal(Buffer.from(withHeaders(parsed, [])).toString(), whole);
        const sdp = findBody(parsed, 'application/sdp');
        if (sdp !== null && sdp.length > 2) assert.ok(parseSdp(sdp).media.length > 0);
        count++;
      }
    }
    assert.ok(count > 0);
  });
}

test('no PROTOS case throws, and every tear-down is read {sip-parser}', { skip: skipWithout('protos') }, () => {
  const files = names('protos');
  let pdus = 0;
  for (const name of files) {
    for (const pdu of protosPdus(name)) {
      pdus++;
      const parsed = parseMessage(pdu);
      if (parsed.kind === 'refused') continue;
      parsed.allHeaders();
      parsed.routes('record-route');
      const sdp = findBody(parsed, 'application/sdp');
      try {
        if (sdp !== null) parseSdp(sdp);
      } catch (fault) {
        assert.ok(fault instanceof CodedError, name);
      }
    }
  }
  assert.ok(pdus >= files.length);
});
