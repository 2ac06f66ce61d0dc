/**
 * A server gets INVITEs as fast as a socket sends them, far past what it can serve. Calls that were
 * up before are served: each BYE is answered while the flood goes on.
 */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { startLiveServer } from '../support/live-server.ts';

const calls = 20;
const floodMs = 6000;
/** Repeated as T1 tells: a datagram may be lost in a full buffer. */
const repeatMs = 500;
const mostRepeats = 8;

test('a flood of INVITEs is shed, and the calls that are up are ended in order {overload}', async (context) => {
  const server = await startLiveServer({
    config: { sip: { listen: [{ transport: 'udp', address: '127.0.0.1', port: 0 }], newCallsPerSecondPerSource: 0 } },
  });
  const caller = createSocket('udp4').bind(0, '127.0.0.1');
  const flooder = createSocket('udp4').bind(0, '127.0.0.1');
  await Promise.all([once(caller, 'listening'), once(flooder, 'listening')]);
  const answers = new Map<string, string>();
  caller.on('message', (bytes) => {
    const text = bytes.toString('latin1');
    const id = `${header(text, 'Call-ID')} ${header(text, 'CSeq')}`;
    if (!text.startsWith('SIP/2.0 1')) answers.set(id, text);
  });
  const port = caller.address().port;
  const request = (method: string, id: string, cseq: string, to: string, body = ''): string =>
    `${method} sip:echo@127.0.0.1:${server.sipPort} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${id}${method};rport\r\nFrom: <sip:a@127.0.0.1>;tag=${id}\r\nTo: ${to}\r\nCall-ID: ${id}\r\nCSeq: ${cseq}\r\nContact: <sip:a@127.0.0.1:${port}>\r\nMax-Forwards: 70\r\n${body === '' ? '' : 'Content-Type: application/sdp\r\n'}Content-Length: ${body.length}\r\n\r\n${body}`;
  const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n';
  const send = (text: string, from = caller): void => from.send(text, server.sipPort, '127.0.0.1');
  /** Sends until it is answered. */
  const ask = async (text: string, key: string): Promise<string> => {
    for (let at = 0; at < mostRepeats && !answers.has(key); at++) {
      send(text);
      for (let waited = 0; waited < repeatMs && !answers.has(key); waited += 20) await pause(20);
    }
    return answers.get(key) ?? 'no answer';
  };

  const tags: string[] = [];
  for (let at = 0; at < calls; at++) {
    const id = `call${at}`;
    const answer = await ask(request('INVITE', id, '1 INVITE', '<sip:echo@127.0.0.1>', sdp), `${id} 1 INVITE`);
    assert.match(answer, /^SIP\/2\.0 200/);
    tags.push(header(answer, 'To'));
    send(request('ACK', id, '1 ACK', header(answer, 'To')));
  }

  let flooding = true;
  let sent = 0;
  const flood = (async () => {
    while (flooding) {
      for (let at = 0; at < 50; at++)
        send(request('INVITE', `flood${sent++}`, '1 INVITE', '<sip:echo@127.0.0.1>', sdp), flooder);
      await turn();
    }
  })();
  await pause(floodMs);
  const ends = await Promise.all(
    tags.map((to, at) => ask(request('BYE', `call${at}`, '2 BYE', to), `call${at} 2 BYE`)),
  );
  flooding = false;
  await flood;
  assert.equal(ends.filter((answer) => answer.startsWith('SIP/2.0 200')).length, calls);
  const metrics = await (await fetch(`${server.http}/metrics`)).text();
  const shed = Number(/requests_limited_total\{limit="overload"\} (\d+)/.exec(metrics)?.[1] ?? 0);
  context.diagnostic(`${sent} INVITEs sent, ${shed} shed`);
  caller.close();
  flooder.close();
  await server.stop();
});

function header(text: string, name: string): string {
  return new RegExp(`^${name}: (.*)$`, 'im').exec(text)?.[1]?.trim() ?? '';
}
