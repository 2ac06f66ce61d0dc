/** baresip as a phone of live tests: G.711 from a file, what it hears recorded, commands by its control socket. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { decodeWav, encodeWav } from '../../core/media/index.ts';
import { freePort } from './free-ports.ts';
import { type Peer, startPeer } from './peers.ts';

export interface Baresip {
  readonly peer: Peer;
  readonly sipPort: number;
  /** One command as its users type it, for example `accept`, `hold`. */
  command(name: string): Promise<void>;
  /** Length of what was recorded so far. */
  heardMs(): Promise<number>;
  recording(): Promise<Int16Array>;
}

/**
 * A baresip that says `says` in its calls and answers by command; `execute`: what it does at once;
 * `encryption`: how its account encrypts media (`srtp`, `srtp-mand`, `srtp-mandf`).
 */
export async function startBaresip(
  parentFolder: string,
  says: Int16Array,
  execute: readonly string[] = [],
  encryption: string | null = null,
): Promise<Baresip> {
  const folder = join(parentFolder, 'baresip');
  const recordings = join(folder, 'heard');
  await mkdir(recordings, { recursive: true });
  await writeFile(join(folder, 'in.wav'), encodeWav({ sampleRateHz: 8000, samples: says }));
  const [sipPort, mediaPort, controlPort] = [await freePort(), await freePort(), await freePort()];
  const keys = encryption === null ? '' : `;mediaenc=${encryption}`;
  await writeFile(join(folder, 'accounts'), `<sip:baresip@127.0.0.1:${sipPort}>;regint=0;audio_codecs=PCMU${keys}\n`);
  await writeFile(join(folder, 'contacts'), '');
  await writeFile(
    join(folder, 'config'),
    [
      `module_path ${await modulePath()}`,
      `sip_listen 127.0.0.1:${sipPort}`,
      'audio_player aubridge,sink',
      'audio_alert aubridge,sink',
      `audio_source aufile,${join(folder, 'in.wav')}`,
      'ausrc_srate 8000',
      'auplay_srate 8000',
      'ausrc_channels 1',
      'auplay_channels 1',
      'module g711.so',
      'module aufile.so',
      'module aubridge.so',
      'module sndfile.so',
      ...(encryption === null ? [] : ['module srtp.so']),
      'module_tmp uuid.so',
      'module_tmp account.so',
      'module_app menu.so',
      'module_app ctrl_tcp.so',
      `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
      `snd_path ${recordings}`,
      `rtp_ports ${mediaPort}-${mediaPort + 10}`,
      '',
    ].join('\n'),
  );
  const peer = startPeer('baresip', ['-f', folder, ...execute.flatMap((command) => ['-e', command])], {
    limitMs: 45_000,
  });
  await peer.shows(/baresip is ready/, 10_000);
  const file = async (): Promise<string> => {
    const name = (await readdir(recordings)).find((entry) => entry.endsWith('-dec.wav'));
    if (name === undefined) throw new Error('baresip made no recording');
    return join(recordings, name);
  };
  return {
    peer,
    sipPort,
    command: (name) => sendCommand(controlPort, name),
    heardMs: async () => ((await readFile(await file())).length - 44) / 16,
    recording: async () => decodeWav(await readFile(await file())).samples,
  };
}

/** A netstring of JSON to ctrl_tcp; resolves once it answered. */
function sendCommand(port: number, name: string): Promise<void> {
  const json = JSON.stringify({ command: name });
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(`${json.length}:${json},`));
    socket.setTimeout(5000, () => socket.destroy(new Error(`baresip did not answer ${name}: ${answer}`)));
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
      // Events of calls come on the same connection.
      if (!answer.includes('"response":true')) return;
      socket.destroy();
      if (answer.includes('"ok":true')) resolve();
      else reject(new Error(`${name}: ${answer}`));
    });
  });
}

/** Debian keeps baresip's modules in a folder of the architecture on newer releases. */
async function modulePath(): Promise<string> {
  for (const folder of [
    '/usr/lib/baresip/modules',
    '/usr/lib/x86_64-linux-gnu/baresip/modules',
    '/usr/lib/aarch64-linux-gnu/baresip/modules',
  ]) {
    if ((await readdir(folder).catch((): string[] => [])).includes('g711.so')) return folder;
  }
  return '/usr/lib/baresip/modules';
}
