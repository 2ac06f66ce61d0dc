/**
 * Entry of the thread that decodes what would hold up a tick: long files and MP3. It has no sockets and
 * no codecs, and is gone when it has been idle for a while.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { asCodedError } from '../../runtime/index.ts';
import { decodeFile } from './decode-file.ts';
import { importFormats } from './plugins.ts';
import type { DecodeReply, DecodeRequest } from './protocol.ts';

/** Both ends are of one program: the message's shape is the compiler's affair. */
const start: { readonly formats: readonly string[] } = workerData;
const port = parentPort;
if (port === null) throw new Error('core/media/worker/boot-decoder.ts is the entry of a worker thread');

const formats = await importFormats(start.formats);
port.on('message', ({ request, name, bytes, maxMs }: DecodeRequest) => {
  decodeFile(formats, name, bytes, maxMs).then(
    (audio) => port.postMessage({ request, ok: true, audio } satisfies DecodeReply),
    (fault: unknown) => {
      const { code, detail } = asCodedError(fault, 'file.format');
      port.postMessage({ request, ok: false, code, detail } satisfies DecodeReply);
    },
  );
});
