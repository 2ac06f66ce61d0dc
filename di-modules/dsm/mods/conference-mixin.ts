/** Files mixed into what the caller hears, whatever else plays (reference/dsm 5.5: `conf.mixer`, `conf.mixlist`). */
import {
  CodedError,
  type DsmAction,
  DsmException,
  type DsmScript,
  type MediaStream,
  type Prompt,
  type Timer,
} from '../../../core/index.ts';
import { parseUnsigned } from '../engine/index.ts';
import { action } from './rows.ts';
import { atEnd, callOf, serverOf } from './server.ts';

const mixerName = 'conf.mixer';
const maxListed = 1000;

/** Under this level the file replaces what plays. */
const leastLevel = 0.01;

class MixIn {
  readonly level: number;
  /** Every so often; 0: at once, one time. */
  readonly everyMs: number;
  readonly #script: DsmScript;
  readonly #stream: MediaStream;
  #timer: Timer | null = null;
  #item: number | null = null;
  #list: { readonly prompt: Prompt; readonly loop: boolean }[] = [];
  #turn: Timer | null = null;

  constructor(script: DsmScript, stream: MediaStream, options: { readonly level: number; readonly everyMs: number }) {
    this.#script = script;
    this.#stream = stream;
    this.level = options.level < leastLevel ? 0 : options.level;
    this.everyMs = options.everyMs;
  }

  /** Instead of what is mixed in now. */
  play(prompt: Prompt): void {
    this.stop();
    this.#start(prompt, false);
    if (this.everyMs === 0) return;
    const again = (): void => {
      this.#start(prompt, false);
      this.#timer = this.#clock.after(this.everyMs, again);
    };
    this.#timer = this.#clock.after(this.everyMs, again);
  }

  /** After what is in the list; `loop`: over and over. */
  add(prompt: Prompt, loop: boolean): void {
    if (this.#list.length >= maxListed) throw new DsmException('conference', { cause: 'the mix-in list is full' });
    this.#list.push({ prompt, loop });
    if (this.#turn === null) this.#next();
  }

  flush(): void {
    this.#list = [];
    this.#turn?.cancel();
    this.#turn = null;
    this.#end();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.flush();
  }

  #next(): void {
    const next = this.#list.shift();
    this.#turn = null;
    if (next === undefined) return;
    this.#start(next.prompt, next.loop);
    // One that plays over and over ends with the list.
    if (next.loop) this.#turn = { cancel: () => {} };
    else this.#turn = this.#clock.after(next.prompt.lengthMs, () => this.#next());
  }

  #start(prompt: Prompt, loop: boolean): void {
    this.#end();
    const [item] = this.#stream.play([{ kind: 'mixIn', prompt: prompt.id, loop, level: this.level }]);
    this.#item = item ?? null;
  }

  #end(): void {
    if (this.#item !== null) this.#stream.removeItem(this.#item);
    this.#item = null;
  }

  get #clock() {
    return serverOf(this.#script).clock;
  }
}

/** @throws DsmException `conference` before `setupMixIn`. */
function mixerOf(script: DsmScript): MixIn {
  const found = script.objects.get(mixerName);
  if (found instanceof MixIn) return found;
  throw new DsmException('conference', { cause: 'conference.setupMixIn comes first' });
}

/** @throws DsmException `file`. */
async function load(script: DsmScript, path: string): Promise<Prompt> {
  try {
    return await serverOf(script).calls.prompt(path.replace(/\|[^|/]*$/, ''));
  } catch (fault) {
    if (!(fault instanceof CodedError)) throw fault;
    throw new DsmException('file', { path });
  }
}

export const mixInActions: readonly DsmAction[] = [
  action.twoMaybe(
    'level',
    'seconds',
  )({
    name: 'conference.setupMixIn',
    summary: 'Files are mixed in at this level (0 to 1; under 0.01: instead of what plays), once or every n seconds.',
    throws: ['conference'],
    run(script, level, seconds) {
      const { media } = callOf(script).call.session;
      const figure = Number(level);
      const every = parseUnsigned(seconds);
      if (level === '' || !Number.isFinite(figure) || every === null)
        throw new DsmException('conference', { cause: 'expected a level and seconds' });
      if (media === null) throw new DsmException('conference', { cause: 'the call has no audio yet' });
      const former = script.objects.get(mixerName);
      if (former instanceof MixIn) former.stop();
      const mixer = new MixIn(script, media, { level: Math.min(1, figure), everyMs: Math.min(every, 86_400) * 1000 });
      script.objects.set(mixerName, mixer);
      atEnd(script, mixerName, () => mixerOf(script).stop());
      return undefined;
    },
  }),
  action.one('file')({
    name: 'conference.playMixIn',
    summary: 'Mixes in a file.',
    throws: ['conference', 'file'],
    async run(script, path) {
      const mixer = mixerOf(script);
      mixer.play(await load(script, path));
      return undefined;
    },
  }),
  action.twoMaybe(
    'file',
    'loop',
  )({
    name: 'conference.playMixInList',
    summary: 'Mixes in a file after those that were given before; `true`: over and over.',
    throws: ['conference', 'file'],
    async run(script, path, loop) {
      const mixer = mixerOf(script);
      mixer.add(await load(script, path), loop === 'true');
      return undefined;
    },
  }),
  action.none({
    name: 'conference.flushMixInList',
    summary: 'Ends what is mixed in.',
    run: (script) => void mixerOf(script).flush(),
  }),
];
