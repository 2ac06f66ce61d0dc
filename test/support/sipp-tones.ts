/** SIPp as a phone in a room: one that plays a tone, and one that says again whatever it hears. */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFile } from '../../core/runtime/index.ts';
import { encodeG711 } from './g711.ts';
import { type RunningSipp, startSipp } from './sipp.ts';

interface Target {
  readonly sipPort: number;
}

const limitMs = 60_000;

/** Calls `user` and plays the tone as G.711 µ-law until it gets a BYE. */
export async function sippPlays({ sipPort }: Target, user: string, hz: number): Promise<RunningSipp> {
  const folder = await mkdtemp(join(tmpdir(), 'callbus-sipp-'));
  const scenario = join(folder, 'speak-until-bye.xml');
  await copyFile(packageFile('test/live/sipp/speak-until-bye.xml'), scenario);
  const samples = Int16Array.from({ length: 8000 }, (_, at) => 8000 * Math.sin((2 * Math.PI * hz * at) / 8000));
  await writeFile(join(folder, 'tone.ul'), encodeG711('PCMU', samples));
  const running = await startSipp({ scenario, args: argumentsOf(user, 'sipp', sipPort), limitMs });
  void running.peer.ended.then(() => rm(folder, { recursive: true, force: true }));
  return running;
}

/** Calls `user` and sends back what it hears until it gets a BYE: who hears himself knows that it heard him. */
export function sippEchoes({ sipPort }: Target, user: string): Promise<RunningSipp> {
  const scenario = packageFile('test/live/sipp/echo-until-bye.xml');
  return startSipp({ scenario, args: ['-rtp_echo', ...argumentsOf(user, 'sipp-echo', sipPort)], limitMs });
}

const argumentsOf = (user: string, caller: string, sipPort: number): string[] => [
  ...['-s', user, '-key', 'caller', caller],
  `127.0.0.1:${sipPort}`,
];
