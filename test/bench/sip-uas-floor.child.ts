/**
 * What `sip-uas` is compared with: a bare `node:dgram` socket that answers SIPp's calls with texts pasted
 * together, without parsing, state or timers. Nobody answers a call over `node:dgram` for less.
 */
import { createSocket } from 'node:dgram';

const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
const socket = createSocket('udp4');

socket.on('message', (datagram, { address, port }) => {
  const request = datagram.toString('latin1');
  const answer = (status: string, to: string, body: string): void => {
    const copied = ['Via', 'From', 'Call-ID', 'CSeq'].map((name) => lineOf(request, name));
    const contact = `Contact: <sip:floor@127.0.0.1:${socket.address().port}>`;
    const type = body === '' ? [] : ['Content-Type: application/sdp'];
    const lines = [`SIP/2.0 ${status}`, ...copied, to, contact, ...type, `Content-Length: ${body.length}`];
    socket.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1'), port, address);
  };
  const to = lineOf(request, 'To');
  if (request.startsWith('INVITE')) {
    answer('180 Ringing', `${to};tag=floor`, '');
    answer('200 OK', `${to};tag=floor`, sdp);
  } else if (request.startsWith('BYE')) answer('200 OK', to, '');
});
socket.bind(0, '127.0.0.1', () => process.send?.({ port: socket.address().port }));

function lineOf(request: string, name: string): string {
  const at = request.indexOf(`\r\n${name}:`) + 2;
  return request.slice(at, request.indexOf('\r\n', at));
}

/** Every message of the parent asks for the figures so far. */
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const { rss } = process.memoryUsage();
  process.send?.({ cpuUs: user + system, rssBytes: rss, load: { transactions: 0 } });
});
process.on('disconnect', () => process.exit());
