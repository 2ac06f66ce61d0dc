import { packageFile } from '../../core/runtime/index.ts';
import { startPeer } from '../support/peers.ts';

export interface LabPhone {
  /** Unix time (ms) of the answer. */
  readonly answered: Promise<number>;
  /** The SIP port of an answering phone. */
  readonly port: Promise<number>;
  /** The summary that the phone prints at its end. */
  readonly ended: Promise<{ readonly status: number; readonly packetsReceived: number }>;
}

const limitMs = 60_000;

/** Runs `callbus phone …`; its progress lines say `answered` and `port N`, its last line is the summary. */
export function startLabPhone(args: readonly string[]): LabPhone {
  const peer = startPeer(process.execPath, [packageFile('dist/program/cli.js'), 'phone', ...args], { limitMs });
  const answered = peer.shows(/^answered/m).then(() => Date.now());
  const port = args[0] === 'answer' ? peer.shows(/port (\d+)/).then((match) => Number(match[1])) : Promise.resolve(0);
  // A phone that fails is reported to whoever waits for it.
  answered.catch(() => {});
  port.catch(() => {});
  const ended = peer.ended.then(() => {
    const summary = /^\{.*\}$/m.exec(peer.output())?.[0];
    if (summary === undefined) throw new Error(`phone ${args.join(' ')} gave no summary: ${peer.output()}`);
    return JSON.parse(summary);
  });
  return { answered, port, ended };
}
