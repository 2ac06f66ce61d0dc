/**
 * Which rules are asked, in which order:
 *
 *   added, place `before` → `routing:` of the configuration → added, place `after` (the default)
 *
 * Rules of the configuration are changed in the configuration only. What is added stands behind them, so that it takes
 * no call from them, unless who adds it says `before`.
 */
import { CodedError } from '../runtime/index.ts';
import type { RoutingConfig, RoutingRule } from './config.ts';
import { configuredId, type NamedRule, type Routed, type RoutedRequest, Router, type RuleVerdict } from './routing.ts';

export type RulePlace = 'before' | 'after';

export interface AddedRule {
  readonly id: string;
  readonly place: RulePlace;
  readonly rule: RoutingRule;
}

export interface ListedRule extends NamedRule {
  readonly origin: 'configuration' | 'added';
  /** Of an added one. */
  readonly place?: RulePlace;
}

const ruleId = /^[A-Za-z0-9_-]{1,64}$/;
const mostAdded = 1000;
const longestText = 1000;

export class RoutingTable {
  #configured: readonly NamedRule[];
  #mapping: readonly string[];
  #added: readonly AddedRule[] = [];
  #router: Router;

  /** @throws CodedError `config.invalid` naming the rule. */
  constructor(rules: RoutingConfig, mapping: readonly string[]) {
    this.#configured = named(rules);
    this.#mapping = mapping;
    this.#router = this.#routerOf(this.#added);
  }

  route(request: RoutedRequest, isLoaded: (application: string) => boolean): Routed | null {
    return this.#router.route(request, isLoaded);
  }

  explain(request: RoutedRequest, isLoaded: (application: string) => boolean): readonly RuleVerdict[] {
    return this.#router.explain(request, isLoaded);
  }

  notFoundReason(isLoaded: (application: string) => boolean): string {
    return this.#router.notFoundReason(isLoaded);
  }

  /** In the order in which they are asked. */
  list(): readonly ListedRule[] {
    return inOrder(this.#configured, this.#added);
  }

  find(id: string): AddedRule | null {
    return this.#added.find((each) => each.id === id) ?? null;
  }

  /** Would it be accepted? @throws CodedError `rpc.wrongType`, `routing.fixed`, `module.full`. */
  check(added: AddedRule): void {
    if (this.#configured.some(({ id }) => id === added.id)) throw new CodedError('routing.fixed', added.id);
    if (!ruleId.test(added.id)) throw new CodedError('rpc.wrongType', 'id: expected 1 to 64 letters, digits, - or _');
    for (const [key, text] of Object.entries(added.rule))
      if (text.length > longestText) throw new CodedError('rpc.wrongType', `${key}: at most ${longestText} characters`);
    if (this.#added.length >= mostAdded && this.find(added.id) === null)
      throw new CodedError('module.full', `${mostAdded} routing rules`);
    try {
      this.#routerOf(withRule(this.#added, added));
    } catch (fault) {
      throw new CodedError('rpc.wrongType', fault instanceof CodedError ? fault.detail : String(fault));
    }
  }

  /** Counts for the next call; one of that id is replaced where it stands. @throws CodedError as `check`. */
  add(added: AddedRule): void {
    this.check(added);
    this.#use(this.#configured, this.#mapping, withRule(this.#added, added));
  }

  /** @throws CodedError `routing.unknown`, `routing.fixed`. */
  checkRemovable(id: string): void {
    if (this.find(id) !== null) return;
    const isConfigured = this.#configured.some((each) => each.id === id);
    throw new CodedError(isConfigured ? 'routing.fixed' : 'routing.unknown', id);
  }

  remove(id: string): void {
    this.#use(
      this.#configured,
      this.#mapping,
      this.#added.filter((each) => each.id !== id),
    );
  }

  /** The configuration was read again. @throws CodedError `config.invalid`: everything stays as it was. */
  configure(rules: RoutingConfig, mapping: readonly string[]): void {
    this.#use(named(rules), mapping, this.#added);
  }

  #use(configured: readonly NamedRule[], mapping: readonly string[], added: readonly AddedRule[]): void {
    this.#router = new Router(inOrder(configured, added), mapping);
    this.#configured = configured;
    this.#mapping = mapping;
    this.#added = added;
  }

  #routerOf(added: readonly AddedRule[]): Router {
    return new Router(inOrder(this.#configured, added), this.#mapping);
  }
}

const named = (rules: RoutingConfig): NamedRule[] => rules.map((rule, index) => ({ id: configuredId(index), ...rule }));

function inOrder(configured: readonly NamedRule[], added: readonly AddedRule[]): ListedRule[] {
  const of = (place: RulePlace): ListedRule[] =>
    added
      .filter((each) => each.place === place)
      .map(({ id, rule }) => ({ id, ...rule, origin: 'added' as const, place }));
  return [
    ...of('before'),
    ...configured.map((rule) => ({ ...rule, origin: 'configuration' as const })),
    ...of('after'),
  ];
}

function withRule(rules: readonly AddedRule[], rule: AddedRule): AddedRule[] {
  const isKnown = rules.some(({ id }) => id === rule.id);
  return isKnown ? rules.map((each) => (each.id === rule.id ? rule : each)) : [...rules, rule];
}
