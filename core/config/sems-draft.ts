/** Our configuration while it is made from SEMS's, and what of SEMS's did not get there. */
import type { SemsEntry } from './sems.ts';

/** A key of SEMS that has no counterpart in the configuration that was written. */
export interface NotCarried {
  readonly file: string;
  readonly line: number;
  readonly key: string;
  /** Empty for what may be a secret. */
  readonly value: string;
  readonly reason: string;
}

type Branch = { [key: string]: unknown };

export class SemsDraft {
  /** In the form of our YAML. */
  readonly config: Branch = {};
  readonly notCarried: NotCarried[] = [];
  /** What a reader should know of what was carried. */
  readonly notes: string[] = [];

  /** Sets the key at `path`, a dotted name. */
  set(path: string, value: unknown): void {
    const names = path.split('.');
    const last = names.pop() ?? '';
    let branch = this.config;
    for (const name of names) {
      const next = branch[name];
      branch = branch[name] = isBranch(next) ? next : {};
    }
    branch[last] = value;
  }

  get(path: string): unknown {
    let value: unknown = this.config;
    for (const name of path.split('.')) value = isBranch(value) ? value[name] : undefined;
    return value;
  }

  leaveOut({ file, line, key, value }: SemsEntry, reason: string): void {
    this.notCarried.push({ file, line, key, value: isSecret(key) ? '' : value, reason });
  }
}

function isBranch(value: unknown): value is Branch {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSecret(key: string): boolean {
  return /pass|pwd|secret|pin|key|predefined_rooms/i.test(key);
}

/** What becomes of one key: the reason why it is not carried, or null. */
export type SemsRule = (value: string, draft: SemsDraft, entry: SemsEntry) => string | null;

/** A rule that always leaves the key out. */
export const because =
  (reason: string): SemsRule =>
  () =>
    reason;

/** `yes` or `true` or `1` means true, as in SEMS; anything else false. */
export const flag =
  (path: string, meaning: (on: boolean) => unknown = (on) => on): SemsRule =>
  (value, draft) => {
    draft.set(path, meaning(isYes(value)));
    return null;
  };

export function isYes(value: string): boolean {
  return ['yes', 'true', '1', 'on'].includes(value.toLowerCase());
}

/** An unsigned number, changed by `convert` and kept within `least` and `most`. */
export const count =
  (
    path: string,
    {
      convert = (n) => n,
      least = 0,
      most = 2_147_483_647,
    }: { readonly convert?: (n: number) => number; readonly least?: number; readonly most?: number } = {},
  ): SemsRule =>
  (value, draft, { key }) => {
    if (!/^\d{1,10}$/.test(value)) return 'not a number: SEMS takes its default then';
    const wanted = convert(Number(value));
    const taken = Math.min(Math.max(wanted, least), most);
    if (taken !== wanted) draft.notes.push(`${key}=${value}: ${path} can be ${least} to ${most}; ${taken} was written`);
    draft.set(path, taken);
    return null;
  };

/** The whole TOS byte; ours is its upper six bits. 0 is SEMS's default: no mark. */
export const dscp =
  (path: string): SemsRule =>
  (value, draft) => {
    if (!/^\d{1,3}$/.test(value) || Number(value) > 255) return 'not a TOS byte, 0 to 255';
    draft.set(path, Number(value) === 0 ? 'off' : Number(value) >> 2);
    return null;
  };

export const text =
  (path: string): SemsRule =>
  (value, draft) => {
    draft.set(path, value);
    return null;
  };

/** One of the given words, any case. */
export const oneOf =
  (path: string, words: { readonly [word: string]: unknown }): SemsRule =>
  (value, draft) => {
    const word = value.toLowerCase();
    if (!Object.hasOwn(words, word)) return `expected one of ${Object.keys(words).join(', ')}`;
    draft.set(path, words[word]);
    return null;
  };

/** `limit;code;reason`, or `code reason` where there is no limit. */
export const limitTriple =
  (path: string): SemsRule =>
  (value, draft) => {
    const [limit = '', status = '503', reason = 'Server overload'] = value.split(';');
    if (!/^\d{1,9}$/.test(limit) || !/^[4-6]\d\d$/.test(status)) return 'expected <limit>;<code>;<reason>';
    draft.set(path, { limit: Number(limit), status: Number(status), reason });
    return null;
  };
