/** RFC 4475 and RFC 5118: what an end point says to each message, as far as the message half decides it. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildResponse, checkRequest, parseMessage } from '../../core/sip/index.ts';
import { bytes, expectations, skipWithout } from './sip-data.ts';

/** What the message half does: `accept`, `discard`, or the status of its answer. */
function verdict(message: Uint8Array): string {
  const parsed = parseMessage(message);
  if (parsed.kind === 'refused') return parsed.partial === null ? 'discard' : String(parsed.status);
  if (parsed.kind === 'response') return 'accept';
  return String(checkRequest(parsed, ['100rel', 'replaces', 'timer'])?.status ?? 'accept');
}

/** Rows whose status is for the layers above: the message half lets them in. */
const above = /^(415|416|406|401|405|501|200|ignore the credentials|endpoint 200)/;

function allowed(expected: string): string[] {
  if (/^discard/.test(expected)) return ['discard'];
  if (above.test(expected) && !/\bor 400\b/.test(expected)) return ['accept'];
  const statuses = expected.match(/\b[1-6]\d\d\b/g) ?? [];
  const lenient = /accept|liberal|ignore|tolerate|infer/.test(expected);
  return [...statuses, ...(lenient ? ['accept'] : [])];
}

for (const folder of ['rfc4475', 'rfc5118']) {
  const skip = skipWithout(folder);
  if (skip !== false) test(`torture messages of ${folder} {sip-parser}`, { skip }, () => {});
  for (const { name, expected } of expectations(folder)) {
    test(`${folder} ${name}: ${expected} {sip-parser}`, () => {
      const message = bytes(folder, fileName(folder, name));
      const said = verdict(message);
      assert.ok(allowed(expected).includes(said), `said ${said}, allowed ${allowed(expected).join(' ')}`);
    });
  }
}

function fileName(folder: string, name: string): string {
  return existsSync(join(process.env['CALLBUS_CONFORMANCE'] ?? '', folder, `${name}.dat`)) ? `${name}.dat` : name;
}

const skip = skipWithout('rfc4475');
const parsed = (name: string) => {
  const message = parseMessage(bytes('rfc4475', `${name}.dat`));
  return message.kind === 'refused' ? assert.fail(message.why) : message;
};

test('the short tortuous INVITE is understood to its last parameter {sip-parser}', { skip }, () => {
  const message = parsed('wsinv');
  assert.equal(message.from.displayName, 'J Rosenberg \\"');
  assert.deepEqual([message.toTag, message.fromTag, message.cseq.number], ['1918181833n', '98asjd8', 9]);
  assert.deepEqual(
    message.vias?.map(({ transport, host, branch }) => [transport, host, branch]),
    [
      ['UDP', '192.0.2.2', '390skdjuw'],
      ['TCP', 'spindle.example.com', 'z9hG4bK9ikj8'],
      ['UDP', '192.168.255.111', 'z9hG4bK30239'],
    ],
  );
  assert.equal(message.header('NewFangledHeader'), 'newfangled value continued newfangled value');
  assert.deepEqual(
    [...(message.routes('route')?.[0]?.uri.parameters ?? [])],
    [
      ['lr', ''],
      ['unknownwith', 'value'],
      ['unknown-no-value', ''],
    ],
  );
  assert.equal(message.body.length, 150);
});

test('escapes are undone in users and parameters, never in methods and header names {sip-parser}', { skip }, () => {
  assert.equal(parsed('esc01').to.uri.user, 'user');
  const odd = parsed('esc02');
  assert.equal(odd.kind === 'request' && odd.method, 'RE%47IST%45R');
  assert.equal(odd.headers('contact').length, 2);
});

test('extra octets are ignored, semicolons stay in the user, a UTF-8 reason is kept {sip-parser}', { skip }, () => {
  assert.equal(parsed('dblreq').body.length, 0);
  const semi = parsed('semiuri');
  assert.equal(semi.kind === 'request' && semi.requestUri.user, 'user;par=u@example.net');
  const response = parsed('unreason');
  assert.match(response.kind === 'response' ? response.reason : '', /^= 2\*\*3 \* 5\*\*2 но сто/);
});

test('every refused request gets an answer that parses as far as it can {sip-parser}', { skip }, () => {
  for (const { name } of expectations('rfc4475')) {
    const refused = parseMessage(bytes('rfc4475', `${name}.dat`));
    if (refused.kind !== 'refused' || refused.partial === null) continue;
    const answer = Buffer.from(
      buildResponse(refused.partial, { status: refused.status, reason: refused.why }),
    ).toString();
    assert.match(answer, /^SIP\/2\.0 4\d\d [\x20-\x7e]+\r\n/);
    assert.match(answer, /\r\nContent-Length: 0\r\n\r\n$/);
  }
});
