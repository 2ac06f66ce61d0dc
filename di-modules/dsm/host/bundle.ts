import type { DsmModule } from '../../../core/index.ts';
import type { Diagram } from '../language/ast.ts';
import type { BundleSettings, ConfigKeys } from './settings.ts';

/**
 * One collection of diagrams with its configuration: the main one, or one of `conf_dir` (reference/dsm 6.2). Never
 * changed: a reload makes a new one, and what runs keeps that which it began with.
 */
export interface Bundle {
  /** `main`, or the file's name without extension. */
  readonly name: string;
  readonly keys: ConfigKeys;
  readonly settings: BundleSettings;
  readonly diagrams: ReadonlyMap<string, Diagram>;
  /** Those that a diagram of it imports, each once. */
  readonly modules: readonly DsmModule[];
}

/** The modules that diagrams import, of those that are there. */
export function importedModules(diagrams: Iterable<Diagram>, known: readonly DsmModule[]): readonly DsmModule[] {
  const names = new Set([...diagrams].flatMap(({ imports }) => imports.map(({ module }) => module)));
  return known.filter(({ name }) => names.has(name));
}

/** What a script begins with: every key of its configuration as `$config.<key>`. */
export function configVariables({ keys }: Bundle): readonly (readonly [string, string])[] {
  return Object.entries(keys).map(([key, value]) => [`config.${key}`, value]);
}
