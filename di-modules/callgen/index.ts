/** Generates calls: SEMS's `callgen` (di-interfaces 5.4). */
import { type Call, type Clock, defineApplication, defineModule, type Prompt } from '../../core/index.ts';
import { CallgenConfigSchema, playFile } from './config.ts';
import { functions } from './functions.ts';
import { CallGenerator } from './generator.ts';

export const callgen = defineModule({
  name: 'callgen',
  summary: 'Generates calls: load on purpose.',
  config: CallgenConfigSchema,
  functions,
  async start({ config, calls, clock, random, log, registerApplication }): Promise<CallGenerator> {
    const loop = await calls.prompt(playFile(config));
    const voices = await digitPrompts(config.digits_dir, (path) => calls.prompt(path));
    registerApplication(
      defineApplication({
        name: 'callgen',
        /** The other end of generated calls: answers and plays until the caller hangs up. */
        async onInvite(call) {
          await call.accept();
          await call.play(loop, { loop: true });
        },
      }),
    );
    return new CallGenerator({
      clock,
      random,
      log,
      fromHost: config.from_host,
      maxCalls: config.max_calls,
      originate: (options) => calls.originate(options),
      serve: (call, digits, lengthMs) => serve(call, clock, { digits, lengthMs, loop, voices }),
    });
  },
  stop: (generator) => generator.stop(),
});

type Voices = ReadonlyMap<string, Prompt>;

interface Script {
  readonly digits: string;
  readonly lengthMs: number;
  readonly loop: Prompt;
  /** Null: digits go out as DTMF. */
  readonly voices: Voices | null;
}

async function serve(call: Call, clock: Clock, { digits, lengthMs, loop, voices }: Script): Promise<void> {
  await call.connected;
  const timer = clock.after(lengthMs, () => call.hangup());
  call.signal.addEventListener('abort', () => timer.cancel());
  if (digits !== '' && voices === null) call.sendKeys(`${digits}#`);
  if (digits !== '' && voices !== null) for (const key of `${digits}#`) await call.play(voices.get(key) ?? null);
  await call.play(loop, { loop: true });
}

/** Every file must be there when the module starts. @throws CodedError `file.*`. */
async function digitPrompts(folder: string, load: (path: string) => Promise<Prompt>): Promise<Voices | null> {
  if (folder === '') return null;
  const path = folder.replace(/\/+$/, '');
  const voices = new Map<string, Prompt>();
  for (const key of '0123456789') voices.set(key, await load(`${path}/${key}.wav`));
  return voices.set('#', await load(`${path}/p.wav`));
}
