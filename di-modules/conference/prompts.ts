import type { Call, Files, ModuleContext, Prompt } from '../../core/index.ts';
import { audioFolder, type ConferenceConfig, promptPath } from './config.ts';

/** The sounds of all rooms, and the choice of the first participant's prompt by language. */
export class ConferencePrompts {
  readonly joinSound: Prompt | null;
  readonly dropSound: Prompt | null;
  readonly #firstParticipant: Prompt;
  readonly #folder: string;
  readonly #files: Files;
  readonly #load: (path: string) => Promise<Prompt>;

  private constructor(
    folder: string,
    { files, calls }: Pick<ModuleContext<ConferenceConfig>, 'files' | 'calls'>,
    loaded: { firstParticipant: Prompt; joinSound: Prompt | null; dropSound: Prompt | null },
  ) {
    this.#folder = folder;
    this.#files = files;
    this.#load = (path) => calls.prompt(path);
    this.#firstParticipant = loaded.firstParticipant;
    this.joinSound = loaded.joinSound;
    this.dropSound = loaded.dropSound;
  }

  /** @throws CodedError `file.*` when `default_announce` is missing or unusable; a missing sound is logged. */
  static async load(context: ModuleContext<ConferenceConfig>): Promise<ConferencePrompts> {
    const { config, calls, log } = context;
    const folder = audioFolder(config);
    const sound = async (key: 'join_sound' | 'drop_sound'): Promise<Prompt | null> => {
      if (config[key] === '') return null;
      return calls.prompt(promptPath(folder, config[key])).catch((fault: unknown) => {
        log.error('prompt missing', { key, reason: String(fault) });
        return null;
      });
    };
    return new ConferencePrompts(folder, context, {
      firstParticipant: await calls.prompt(promptPath(folder, config.default_announce)),
      joinSound: await sound('join_sound'),
      dropSound: await sound('drop_sound'),
    });
  }

  /**
   * `lonely_user_msg/<host>/default_<language>.wav`, `lonely_user_msg/default_<language>.wav`, or
   * the default: chosen for this call only (SEMS changed the default for all later calls).
   */
  async firstParticipant(call: Call): Promise<Prompt> {
    const language = call.parameter('Language') ?? call.header('P-Language') ?? '';
    if (!/^[A-Za-z0-9_-]{1,20}$/.test(language)) return this.#firstParticipant;
    const host = /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/.test(call.domain) ? [`${call.domain}/`] : [];
    for (const step of [...host, '']) {
      const path = `${this.#folder}/lonely_user_msg/${step}default_${language}.wav`;
      if ((await this.#files.stat(path)) === null) continue;
      return this.#load(path).catch((fault: unknown) => {
        call.log.warn('prompt unusable', { path, reason: String(fault) });
        return this.#firstParticipant;
      });
    }
    return this.#firstParticipant;
  }
}
