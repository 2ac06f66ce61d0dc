import type { CallEngine, Log, Prompt } from '../../core/index.ts';
import { ownPrompt, type WebconferenceConfig } from './config.ts';

const names = [
  'first_participant',
  'join_sound',
  'drop_sound',
  'enter_pin',
  'wrong_pin',
  'wrong_pin_bye',
  'entering_conference',
] as const;
export type PromptName = (typeof names)[number];

/** The module's own file for a name. */
const ownFile = (name: PromptName): string =>
  name === 'join_sound' || name === 'drop_sound' ? 'beep.wav' : `${name}.wav`;

/** The named prompts (di-interfaces 7.6). A missing file is logged, and its prompt skipped. */
export class Prompts {
  readonly #prompts: ReadonlyMap<PromptName, Prompt | null>;
  readonly #digits: readonly (Prompt | null)[];

  private constructor(prompts: ReadonlyMap<PromptName, Prompt | null>, digits: readonly (Prompt | null)[]) {
    this.#prompts = prompts;
    this.#digits = digits;
  }

  static async load(config: WebconferenceConfig, calls: CallEngine, log: Log): Promise<Prompts> {
    const load = (path: string): Promise<Prompt | null> =>
      calls.prompt(path).catch((fault: unknown) => {
        log.error('prompt missing: it will be skipped', { path, reason: String(fault) });
        return null;
      });
    const prompts = new Map<PromptName, Prompt | null>();
    for (const name of names)
      prompts.set(name, await load(config[name] === '' ? ownPrompt(ownFile(name)) : config[name]));
    const folder = config.digits_dir.replace(/\/+$/, '');
    const digits: (Prompt | null)[] = [];
    for (let digit = 0; digit <= 9; digit++)
      digits.push(await load(folder === '' ? ownPrompt(`${digit}.wav`) : `${folder}/${digit}.wav`));
    return new Prompts(prompts, digits);
  }

  get(name: PromptName): Prompt | null {
    return this.#prompts.get(name) ?? null;
  }

  /** One prompt a digit, for reading a number back. */
  digits(text: string): (Prompt | null)[] {
    return [...text].map((digit) => this.#digits[Number(digit)] ?? null);
  }
}
