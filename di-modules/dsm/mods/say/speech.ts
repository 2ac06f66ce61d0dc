import { CodedError, type ModuleContext, type ProcessResult, runProcess } from '../../../../core/index.ts';
import { finishedWav } from './wav.ts';

const limitMs = 20_000;
/** Three minutes of 22,050 Hz, 16 bit. */
const limitBytes = 8 << 20;
const silentBytes = 44;

type Program = (voice: string) => readonly [program: string, ...args: string[]];

/** Programs that speak, the first that is installed: text from standard input, WAV to standard output. */
const programs: readonly Program[] = [
  (voice) => ['espeak-ng', '--stdin', '--stdout', ...(voice === '' ? [] : ['-v', voice])],
  // Flite reads and writes files only; these are its standard ones.
  (voice) => ['flite', ...(voice === '' ? [] : ['-voice', voice]), '-f', '/dev/stdin', '-o', '/dev/stdout'],
];

/**
 * A text as a WAV file. @throws CodedError `process.missing` naming what to install, `process.failed` (an unknown
 * voice), `process.limit`.
 */
export async function speech(
  { processes, clock }: Pick<ModuleContext<unknown>, 'processes' | 'clock'>,
  text: string,
  voice: string,
): Promise<Uint8Array> {
  const input = Buffer.from(text);
  for (const command of programs) {
    const [program, ...args] = command(voice);
    try {
      const result = await runProcess({ program, args }, { processes, clock, limitMs, limitBytes, input });
      return wavOf(program, result);
    } catch (fault) {
      if (!(fault instanceof CodedError) || fault.code !== 'process.missing') throw fault;
    }
  }
  throw new CodedError('process.missing', 'espeak-ng or flite (apt-get install espeak-ng)');
}

function wavOf(program: string, { status, output, errorOutput }: ProcessResult): Uint8Array {
  const said = Buffer.from(errorOutput).toString('utf8').trim().slice(0, 200);
  if (status !== 0 || output.length <= silentBytes)
    throw new CodedError('process.failed', `${program}: ${said === '' ? `status ${status}, no sound` : said}`);
  return finishedWav(output);
}
