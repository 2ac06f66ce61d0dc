import type { ModuleCommand } from '../module.ts';

/** A sub-command of `callbus`; modules contribute theirs in the same shape. */
export type Command = ModuleCommand;

/** Exit codes of every command; `refused` is a server's no. */
export const exitCode = { ok: 0, failed: 1, refused: 1, usage: 2, unreachable: 3 } as const;

/**
 * Options of a command line: `--name value`, `--name=value` or a bare `--flag`; after `--` all are words.
 * Returns a fault text for anything that is not listed.
 */
export function readOptions(
  args: readonly string[],
  known: { readonly values: readonly string[]; readonly flags: readonly string[] },
):
  | {
      readonly values: ReadonlyMap<string, string>;
      readonly flags: ReadonlySet<string>;
      readonly rest: readonly string[];
    }
  | { readonly fault: string } {
  const values = new Map<string, string>();
  const flags = new Set<string>();
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const argument = args[i] ?? '';
    if (argument === '--') {
      rest.push(...args.slice(i + 1));
      break;
    }
    const [, name, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? [];
    if (name === undefined) rest.push(argument);
    else if (known.flags.includes(name) && inline === undefined) flags.add(name);
    else if (known.values.includes(name)) {
      const value = inline ?? args[++i];
      if (value === undefined) return { fault: `--${name} needs a value` };
      values.set(name, value);
    } else
      return {
        fault: `unknown option ${argument}; known: ${[...known.values, ...known.flags].map((option) => `--${option}`).join(', ')}`,
      };
  }
  return { values, flags, rest };
}
