/** The npm package werift as a browser: full ICE, DTLS-SRTP and RTP of another implementation, in both parts of the handshake. */
import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters, RtpHeader, RtpPacket } from 'werift';
import { decodeG711, encodeG711 } from '../support/g711.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';
import { levelAt, tone } from '../support/tones.ts';
import { nothingLeft } from './webrtc/nothing-left.ts';

let server: LiveServer;
let sip: Socket;
const answers: string[] = [];

before(async () => {
  server = await startLiveServer({ limitMs: 120_000 });
  sip = createSocket('udp4').bind(0, '127.0.0.1');
  await once(sip, 'listening');
  sip.on('message', (bytes) => void answers.push(bytes.toString()));
});

after(async () => {
  sip?.close();
  await server?.stop();
});

/** A SIP request of one call, by hand. */
function send(method: string, id: string, to: string, body = ''): void {
  const { port } = sip.address();
  const sequence = method === 'BYE' ? 2 : 1;
  const content = body === '' ? '' : 'Content-Type: application/sdp\r\n';
  sip.send(
    `${method} sip:echo@127.0.0.1:${server.sipPort} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${id}${method};rport\r\nFrom: <sip:w@127.0.0.1>;tag=${id}\r\nTo: ${to}\r\nCall-ID: ${id}\r\nCSeq: ${sequence} ${method}\r\nContact: <sip:w@127.0.0.1:${port}>\r\nMax-Forwards: 70\r\n${content}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    server.sipPort,
    '127.0.0.1',
  );
}

async function answerTo(id: string): Promise<{ readonly to: string; readonly sdp: string }> {
  for (let waitedMs = 0; waitedMs < 15_000; waitedMs += 20) {
    const final = answers.find((text) => text.includes(`Call-ID: ${id}\r\n`) && /^SIP\/2\.0 [2-6]/.test(text));
    if (final !== undefined) {
      assert.match(final, /^SIP\/2\.0 200/, final);
      return { to: /^To: (.*)$/m.exec(final)?.[1] ?? '', sdp: final.slice(final.indexOf('\r\n\r\n') + 4) };
    }
    await pause(20);
  }
  throw new Error('no answer');
}

for (const setup of ['actpass', 'active'] as const) {
  test(`werift hears itself at the echo; it offers a=setup:${setup} {webrtc}`, async () => {
    const codec = new RTCRtpCodecParameters({ mimeType: 'audio/PCMU', clockRate: 8000, channels: 1, payloadType: 0 });
    const peer = new RTCPeerConnection({ codecs: { audio: [codec] }, iceServers: [], iceUseIpv6: false });
    const track = new MediaStreamTrack({ kind: 'audio' });
    peer.addTransceiver(track, { direction: 'sendrecv' });
    const heard: Buffer[] = [];
    await peer.setLocalDescription(await peer.createOffer());
    const offer = peer.localDescription?.sdp ?? '';
    const id = `werift-${setup}`;
    send('INVITE', id, '<sip:echo@127.0.0.1>', offer.replace(/^a=setup:.*$/gm, `a=setup:${setup}`));
    const { to, sdp } = await answerTo(id);
    send('ACK', id, to);
    assert.match(sdp, setup === 'active' ? /^a=setup:passive/m : /^a=setup:active/m);
    await peer.setRemoteDescription({ type: 'answer', sdp });
    // Its tracks take only what `a=ssrc` announced, which nobody needs to (RFC 5576): heard is what it has decrypted.
    for (const transport of peer.dtlsTransports) transport.onRtp.subscribe(({ payload }) => void heard.push(payload));
    const signal = encodeG711('PCMU', tone(400).samples.slice(0, 160));
    for (let frame = 0; frame < 1000 && heard.length < 50; frame++) {
      const header = new RtpHeader({ sequenceNumber: frame, timestamp: frame * 160, ssrc: 7, payloadType: 0 });
      track.writeRtp(new RtpPacket(header, Buffer.from(signal)));
      await pause(20);
    }
    assert.equal(peer.connectionState, 'connected');
    assert.ok(heard.length >= 50, `${heard.length} packets came back`);
    const level = levelAt(samplesOf(heard.slice(-10)), 400);
    assert.ok(level > 2000, `400 Hz at ${level}`);
    send('BYE', id, to);
    await nothingLeft(server);
    await peer.close();
  });
}

function samplesOf(payloads: readonly Buffer[]): Int16Array {
  const samples = new Int16Array(payloads.length * 160);
  payloads.forEach((payload, at) => {
    decodeG711('PCMU', payload, samples, at * 160);
  });
  return samples;
}
