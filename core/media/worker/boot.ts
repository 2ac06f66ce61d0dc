/**
 * Entry of a media thread: a `MediaEngine` on the real clock and sockets of its own. Commands come
 * as messages and are applied between ticks; the events of a tick go back as one message.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openPacketIo, type PacketIo, realClock, realFiles, realRandom } from '../../runtime/index.ts';
import { MediaEngine } from './engine.ts';
import { importCodecs, importFormats } from './plugins.ts';
import type { Command, MediaEvent, WorkerStart } from './protocol.ts';
import { Ticker } from './ticker.ts';

/** The main thread is of the same program: the message's shape is the compiler's affair, on both sides. */
const start: WorkerStart = workerData;
const port = parentPort;
if (port === null) throw new Error('core/media/worker/boot.ts is the entry of a worker thread');

// Commands wait in the port until the engine listens.
const clock = realClock();
const [{ codecs }, formats] = await Promise.all([
  importCodecs(start.codecs, start.codecSettings),
  importFormats(start.formats),
]);
/** Sockets of this thread; what they need is told, so that it can be closed if the thread is killed. */
const openSockets = (readsAhead: boolean): PacketIo => {
  const io = openPacketIo(start.packetIo, { readsAhead, dscp: start.dscp });
  const event: MediaEvent = { kind: 'descriptors', descriptors: io.descriptors ?? [] };
  port.postMessage([event]);
  return io;
};
const engine = new MediaEngine({
  clock,
  packetIo: openSockets(true),
  openRelayIo: () => openSockets(false),
  files: realFiles(),
  random: realRandom(),
  ports: start.ports,
  codecs,
  formats,
  recordingFormat: start.recordingFormat ?? 'wav',
  post: (events) => port.postMessage(events),
});
const ticker = new Ticker(clock, (latenessMs) => engine.tick(latenessMs));
port.on('message', (command: Command) => {
  engine.handle(command);
  ticker.wake();
});
