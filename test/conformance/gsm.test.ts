/** ETSI GSM 06.10 test sequences: what is there of them. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  decodeGsmParameters,
  encodeGsmParameters,
  GsmDecoderState,
  GsmEncoderState,
  gsmParameters,
} from '../../core/media/worker/codecs/gsm.ts';

const root = process.env['CALLBUS_CONFORMANCE'];
const folder = join(root ?? '', 'codec/gsm');

function words(name: string): Int16Array {
  const bytes = readFileSync(join(folder, name));
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

const skip = root === undefined ? 'CALLBUS_CONFORMANCE is not set' : false;

/** Only sequences that are there are run, where there is a folder at all. */
function sequence(title: string, names: readonly string[], run: () => void): void {
  if (root === undefined || names.every((name) => existsSync(join(folder, name)))) test(title, { skip }, run);
}

for (const number of ['01', '02', '03', '04', '05']) {
  const [input, codes, output] = [`Seq${number}.inp`, `Seq${number}.cod`, `Seq${number}.out`];
  sequence(`GSM 06.10 encodes sequence ${number} to the parameters of the reference {gsm}`, [input, codes], () => {
    const samples = words(input);
    const expected = words(codes);
    const state = new GsmEncoderState();
    const parameters = new Uint8Array(gsmParameters);
    for (let frame = 0; frame * 160 < samples.length; frame++) {
      encodeGsmParameters(state, samples, frame * 160, parameters);
      const wanted = expected.subarray(frame * gsmParameters, (frame + 1) * gsmParameters);
      assert.deepEqual(Array.from(parameters), Array.from(wanted), `frame ${frame}`);
    }
  });
  sequence(`GSM 06.10 decodes sequence ${number} to the samples of the reference {gsm}`, [codes, output], () => {
    const parameters = Uint8Array.from(words(codes));
    const expected = words(output);
    const state = new GsmDecoderState();
    const samples = new Int16Array(160);
    for (let frame = 0; frame * gsmParameters < parameters.length; frame++) {
      decodeGsmParameters(state, parameters.subarray(frame * gsmParameters), samples, 0);
      const wanted = expected.subarray(frame * 160, (frame + 1) * 160);
      assert.deepEqual(Array.from(samples), Array.from(wanted), `frame ${frame}`);
    }
  });
}
