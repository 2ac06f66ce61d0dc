import type { DsmAction, DsmCondition, DsmModule } from '../../../core/index.ts';
import type { Vocabulary } from './ast.ts';

interface Rows {
  readonly actions: readonly DsmAction[];
  readonly conditions: readonly DsmCondition[];
}

/** What scripts can say: the core's rows and those of the modules that they may import. */
export function createVocabulary(
  core: Rows,
  modules: readonly DsmModule[],
  planned: ReadonlyMap<string, string> = new Map(),
): Vocabulary {
  const byName = new Map(modules.map((module) => [module.name, module]));
  return {
    actions: byAnyName(core.actions),
    conditions: byAnyName(core.conditions),
    module: (name) => byName.get(name) ?? null,
    modules: [...byName.keys()],
    planned,
  };
}

function byAnyName<R extends DsmAction | DsmCondition>(rows: readonly R[]): ReadonlyMap<string, R> {
  return new Map(rows.flatMap((row) => [row.name, ...(row.aliases ?? [])].map((name) => [name, row] as const)));
}

/** What one diagram knows: the core, and what it has imported so far; modules go before the core. */
export class Names {
  readonly #vocabulary: Vocabulary;
  readonly #actions = new Map<string, DsmAction>();
  readonly #conditions = new Map<string, DsmCondition>();
  readonly #unknownModules = new Set<string>();

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  /** False: there is no such module. */
  import(module: string): boolean {
    const rows = this.#vocabulary.module(module);
    if (rows === null) {
      this.#unknownModules.add(module.replace(/^mod_/, ''));
      return false;
    }
    // Of equal names that of the module imported first counts.
    for (const [name, row] of byAnyName(rows.actions)) if (!this.#actions.has(name)) this.#actions.set(name, row);
    for (const [name, row] of byAnyName(rows.conditions))
      if (!this.#conditions.has(name)) this.#conditions.set(name, row);
    return true;
  }

  /** What an imported module cannot do; null: nothing is missing. */
  lackOf(module: string): string | null {
    return this.#vocabulary.module(module)?.lacks ?? null;
  }

  /** What is to be said of a module that is not there yet. */
  planOf(module: string): string | null {
    return this.#vocabulary.planned?.get(module) ?? null;
  }

  action(name: string): DsmAction | null {
    return this.#actions.get(name) ?? this.#vocabulary.actions.get(name) ?? null;
  }

  condition(name: string): DsmCondition | null {
    return this.#conditions.get(name) ?? this.#vocabulary.conditions.get(name) ?? null;
  }

  /** It would come from a module whose import has been reported already. */
  isOfUnknownModule(name: string): boolean {
    return this.#unknownModules.has(name.split('.', 1)[0] ?? '');
  }

  /** A module whose import failed: a name without a prefix may be its own. */
  get unknownModule(): string | null {
    const [name] = this.#unknownModules;
    return name === undefined ? null : `mod_${name}`;
  }

  /** A module of the vocabulary that has that action or condition, and is not imported. */
  moduleOf(name: string): string | null {
    const prefix = `mod_${name.split('.', 1)[0]}`;
    for (const candidate of new Set([prefix, ...(this.#vocabulary.modules ?? [])])) {
      const rows = this.#vocabulary.module(candidate);
      if (rows !== null && (byAnyName(rows.actions).has(name) || byAnyName(rows.conditions).has(name)))
        return candidate;
    }
    return null;
  }

  actionNames(): string[] {
    return [...this.#actions.keys(), ...this.#vocabulary.actions.keys()];
  }

  conditionNames(): string[] {
    return [...this.#conditions.keys(), ...this.#vocabulary.conditions.keys()];
  }

  moduleNames(): readonly string[] {
    return this.#vocabulary.modules ?? [];
  }
}
