/** The sub-commands of `callbus`: our own, then those of the modules. */
import { knownModules } from '../main.ts';
import type { Command } from './command.ts';
import { serve } from './serve.ts';
import { token } from './token.ts';

export { type Command, exitCode } from './command.ts';

export const commands: readonly Command[] = [serve, token, ...knownModules.flatMap((module) => module.commands ?? [])];
