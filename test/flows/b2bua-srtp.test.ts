/** Encrypted media of a coupled call: the phones' own keys, which the server neither reads nor changes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerRequest } from '../../core/sip/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { bytes, send, serve, talking, text, to } from './b2bua-world.ts';

const crypto = `a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:${Buffer.alloc(30, 3).toString('base64')}|2^20|1:4 KDR=1`;
const answered = `a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:${Buffer.alloc(30, 4).toString('base64')}|2^20|1:4`;

const offered = (address: string, line: string) =>
  [
    ...['v=0', `o=- 1 3 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0'],
    ...['m=audio 4000 RTP/SAVP 0', line, 'a=x-unknown:kept', ''],
  ].join('\r\n');

for (const media of ['bypass', 'relay'] as const) {
  test(`RTP/SAVP and its keys pass as they are, whatever media.srtp says, with media: ${media} {b2bua} {srtp}`, async () => {
    const { w, a, b } = await talking({
      decide: (phone) => to(phone.uri, { media }),
      world: { config: { media: { srtp: 'off' } } },
    });
    let seen = '';
    serve(b, 'INVITE', (request: ServerRequest) => {
      seen = text(request.request.body);
      request.respond(200, 'OK', {
        body: { contentType: 'application/sdp', content: bytes(offered('10.0.1.2', answered)) },
      });
    });
    const response = await send(w, a, 'INVITE', {
      body: { contentType: 'application/sdp', content: bytes(offered('10.0.1.1', crypto)) },
    });
    assert.equal(response.status, 200);
    for (const [body, line] of [
      [seen, crypto],
      [text(response.body), answered],
    ] as const) {
      assert.match(body, /^m=audio [0-9]+ RTP\/SAVP 0\r$/m);
      assert.ok(body.split('\r\n').includes(line), body);
      assert.ok(body.includes('a=x-unknown:kept'));
    }
    await a.bye();
    await b.isHungUp();
    await assertNothingLeft(w);
  });
}
