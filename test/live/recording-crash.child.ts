/** A process that records a call until it is killed: `recording-crash.child.ts <folder>`. */
import { join } from 'node:path';
import { createMediaPool, ourCodecs, ourFormats, type Recording } from '../../core/media/index.ts';
import { realSeams, silentLog } from '../../core/runtime/index.ts';
import { mediaConfig } from '../support/media-config.ts';

const folder = process.argv[2] ?? '.';
const seams = { ...realSeams({ log: silentLog }) };
const pool = await createMediaPool(seams, mediaConfig({ ports: [42_600, 42_699], workers: 1, codecs: ['PCMU'] }), {
  codecs: [ourCodecs],
  formats: [ourFormats],
});
const stream = await pool.openStream({ localAddress: '127.0.0.1' });
stream.configure({
  remote: { address: '127.0.0.1', port: 9 },
  remoteRtcp: null,
  direction: 'sendrecv',
  codecs: [{ name: 'PCMU', clockRateHz: 8000, channels: 1, sendPayloadType: 0, receivePayloadType: 0, fmtp: null }],
  telephoneEvent: null,
  ptimeMs: 20,
});
stream.play([{ kind: 'tone', frequenciesHz: [440], level: 8000, onMs: 1000, offMs: 0, lengthMs: 0 }]);
const recordings: Recording[] = [];
for (const name of ['a.wav', 'b.mp3', 'c.gsm'])
  recordings.push(await stream.record(join(folder, name), { side: 'sent' }));
setInterval(() => {
  process.stdout.write(`${Math.min(...recordings.map(({ lengthMs }) => lengthMs))}\n`);
}, 50);
