import { CodedError } from '../runtime/index.ts';

/** What a function may do, from harmless to dangerous. */
export const scopeActions = ['read', 'control', 'admin'] as const;
export type ScopeAction = (typeof scopeActions)[number];

export interface Scope {
  /** A module's name or `*`. */
  readonly module: string;
  readonly action: ScopeAction | '*';
}

/** Ready-made sets of scopes (design, section 2). */
export const roles: { readonly [role: string]: readonly string[] } = {
  viewer: ['*:read'],
  operator: ['*:read', '*:control'],
  admin: ['*:*'],
};

/** `<module>:<read|control|admin>` with `*` allowed on either side, or null. */
export function parseScope(text: string): Scope | null {
  const [, module = '', action = ''] = /^([A-Za-z]\w*|\*):(read|control|admin|\*)$/.exec(text) ?? [];
  return action === '' ? null : { module, action: action as Scope['action'] };
}

/** The scope of a row or an event: no wildcard. */
export function isRowScope(text: string): boolean {
  const scope = parseScope(text);
  return scope !== null && scope.module !== '*' && scope.action !== '*';
}

/** Scopes and role names, as an operator writes them, as scopes. @throws CodedError `config.invalid` */
export function expandScopes(names: readonly string[]): string[] {
  const scopes = names.flatMap((name) => {
    if (Object.hasOwn(roles, name)) return roles[name] ?? [];
    if (parseScope(name) !== null) return [name];
    throw new CodedError(
      'config.invalid',
      `scope ${JSON.stringify(name)}: expected <module>:<read|control|admin> (* on either side) or one of ${Object.keys(roles).join(', ')}`,
    );
  });
  return [...new Set(scopes)];
}

/** A test whether granted scopes cover `needed` (a row's scope); made once per row. */
export function scopeTest(needed: string): (granted: readonly string[]) => boolean {
  const [module = '', action = ''] = needed.split(':');
  const anyAction = `${module}:*`;
  const anyModule = `*:${action}`;
  return (granted) => {
    for (const scope of granted) {
      if (scope === needed || scope === anyModule || scope === '*:*' || scope === anyAction) return true;
    }
    return false;
  };
}

/** Do the granted scopes cover `needed`? */
export function scopeCovers(granted: readonly string[], needed: string): boolean {
  return scopeTest(needed)(granted);
}

/** What both allow: the scopes of a token on a listener that gives no more than `bound`. */
export function meetScopes(granted: readonly string[], bound: readonly string[]): string[] {
  const met = granted.flatMap((one) =>
    bound.flatMap((other) => {
      const [a, b] = [parseScope(one), parseScope(other)];
      if (a === null || b === null) return [];
      const module = narrower(a.module, b.module);
      const action = narrower(a.action, b.action);
      return module === null || action === null ? [] : [`${module}:${action}`];
    }),
  );
  return [...new Set(met)];
}

function narrower(a: string, b: string): string | null {
  if (a === '*' || a === b) return b;
  return b === '*' ? a : null;
}
