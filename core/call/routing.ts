/** Which application serves an incoming call (reference/applications 1.1, 1.2; design, section 6). */
import { CodedError } from '../runtime/index.ts';
import { parseUri } from '../sip/index.ts';
import { embeddedRouting, type RoutingRule } from './config.ts';
import { checkedLabels } from './labels.ts';
import { compilePosix, type PosixExpression } from './posix-expression.ts';
import type { CallLabels } from './types.ts';

/** What the choice is made from. */
export interface RoutedRequest {
  readonly uri: string;
  /** `P-App-Name` of a trusted sender, else null. */
  readonly applicationHeader: string | null;
  /** As `isWebCallTo`. Default: it is none. */
  readonly isWebCall?: () => boolean;
}

/** What serves a call, and what its rule says of it. */
export interface Routed {
  readonly application: string;
  /** Id of the rule. */
  readonly rule: string;
  readonly labels: CallLabels;
}

/** What became of one rule when a call was to be routed. */
export interface RuleVerdict {
  readonly rule: string;
  readonly outcome: 'chosen' | 'notReached' | 'noMatch' | 'noApplication' | 'notLoaded';
  readonly why: string;
}

/** A rule and the name under which it is listed; default: its place in the configuration. */
export interface NamedRule extends RoutingRule {
  readonly id: string;
}

interface Rule {
  readonly match: PosixExpression | null;
  readonly application: string;
}

interface CompiledRule extends Rule {
  readonly source: NamedRule;
}

/** Longer Request-URIs are not routed: whoever sends one means no good. */
const maxUriLength = 4096;

export class Router {
  readonly #rules: readonly CompiledRule[];
  readonly #mapping: readonly Rule[];
  readonly #isDefault: boolean;

  /** @throws CodedError `config.invalid` naming the rule. */
  constructor(rules: readonly (RoutingRule | NamedRule)[], mapping: readonly string[]) {
    this.#rules = rules.map((rule, index) => {
      const { match, application } = rule;
      const id = 'id' in rule ? rule.id : configuredId(index);
      return {
        match: match === undefined ? null : compile(match, `${id}.match`),
        application,
        source: { ...rule, id },
      };
    });
    this.#mapping = mapping.filter((line) => !/^\s*(#|$)/.test(line)).map(parseMapping);
    this.#isDefault = JSON.stringify(rules.map(({ match, application }) => ({ match, application }))) === embedded;
  }

  /** The first rule's application that `isLoaded`; null when nothing fits. */
  route(request: RoutedRequest, isLoaded: (application: string) => boolean): Routed | null {
    if (request.uri.length > maxUriLength) return null;
    for (const rule of this.#rules) {
      const groups = rule.match === null ? [] : rule.match(request.uri);
      const application = groups === null ? null : this.#applicationOf(rule, request, groups);
      if (groups !== null && application !== null && application !== '' && isLoaded(application))
        return { application, rule: rule.source.id, labels: labelsOf(rule.source, groups) };
    }
    return null;
  }

  /** The same with what became of each rule, in their order; for people. */
  explain(request: RoutedRequest, isLoaded: (application: string) => boolean): readonly RuleVerdict[] {
    const routed = this.route(request, isLoaded);
    let reached = true;
    return this.#rules.map((rule) => {
      const { id } = rule.source;
      if (!reached) return { rule: id, outcome: 'notReached', why: `${routed?.rule ?? ''} was chosen before` };
      if (routed?.rule === id) {
        reached = false;
        return { rule: id, outcome: 'chosen', why: `leads to ${routed.application}` };
      }
      return { rule: id, ...this.#whyNot(rule, request) };
    });
  }

  /** The reason phrase of the 404; with the embedded rules it lists what can be dialled. */
  notFoundReason(isLoaded: (application: string) => boolean): string {
    if (!this.#isDefault) return 'Not Found';
    const names = diallable.filter(([, application]) => isLoaded(application)).map(([name]) => name);
    return names.length === 0 ? 'Not Found' : `Not Found (try ${names.join(', ')})`;
  }

  /** Why `route` passed it over. */
  #whyNot(rule: CompiledRule, request: RoutedRequest): Pick<RuleVerdict, 'outcome' | 'why'> {
    if (request.uri.length > maxUriLength)
      return { outcome: 'noMatch', why: `the Request-URI is longer than ${maxUriLength} characters` };
    const groups = rule.match === null ? [] : rule.match(request.uri);
    if (groups === null)
      return { outcome: 'noMatch', why: `${rule.source.match ?? ''} does not match ${request.uri.slice(0, 200)}` };
    const application = this.#applicationOf(rule, request, groups) ?? '';
    if (application === '') return { outcome: 'noApplication', why: `${rule.application} gives no name for this call` };
    return { outcome: 'notLoaded', why: `${application} is not loaded` };
  }

  #applicationOf(rule: Rule, request: RoutedRequest, groups: readonly (string | null)[]): string | null {
    const selector = selectors.get(rule.application);
    if (selector !== undefined) return selector(request);
    if (mappingSelectors.has(rule.application)) return this.#map(request.uri);
    return insertGroups(rule.application, groups);
  }

  #map(uri: string): string | null {
    for (const { match, application } of this.#mapping) {
      const groups = match?.(uri) ?? null;
      if (groups !== null) return insertGroups(application, groups);
    }
    return null;
  }
}

/** The id of a rule of the configuration: where it stands there. */
export const configuredId = (index: number): string => `routing[${index}]`;

const embedded = JSON.stringify(embeddedRouting.map(({ match, application }) => ({ match, application })));

/** What the rule says who pays. A group that makes no name (empty, too long) gives no label rather than a wrong one. */
function labelsOf(rule: NamedRule, groups: readonly (string | null)[]): CallLabels {
  const { account, tariff } = rule;
  if (account === undefined && tariff === undefined) return noLabels;
  return { ...label('account', account, groups), ...label('tariff', tariff, groups) };
}

const noLabels: CallLabels = {};

function label(name: 'account' | 'tariff', text: string | undefined, groups: readonly (string | null)[]): CallLabels {
  const value = text === undefined ? '' : insertGroups(text, groups);
  if (value === '') return noLabels;
  try {
    return checkedLabels({ [name]: value });
  } catch {
    return noLabels;
  }
}

/** What the embedded rules answer, for the 404. */
const diallable: readonly (readonly [name: string, application: string])[] = [
  ['echo', 'echo'],
  ['600', 'echo'],
  ['conference', 'conference'],
  ['5xx', 'conference'],
  ['webconference', 'webconference'],
  ['room-name', 'webconference'],
  ['welcome', 'announcement'],
];

const selectors: ReadonlyMap<string, (request: RoutedRequest) => string | null> = new Map([
  // "whole user part, as parsed (no unescape)"
  ['$(ruri.user)', ({ uri }: RoutedRequest) => /^sips?:([^@]*)@/i.exec(uri)?.[1]?.replace(/:.*$/, '') ?? null],
  ['$(ruri.param)', ({ uri }: RoutedRequest) => parseUri(uri)?.parameters.get('app') ?? null],
  ['$(apphdr)', ({ applicationHeader }: RoutedRequest) => applicationHeader],
  ['$(webcall)', ({ isWebCall }: RoutedRequest) => (isWebCall?.() === true ? 'b2bua' : null)],
]);

/** The code of SEMS knows the first, its documents write the second. */
const mappingSelectors: ReadonlySet<string> = new Set(['$(mapping)', '$(app_mapping)']);

/** A line `regexp=>application`. */
function parseMapping(line: string, index: number): Rule {
  const [expression, application, ...more] = line.split('=>');
  if (expression === undefined || application === undefined || more.length > 0)
    throw new CodedError('config.invalid', `calls.mapping[${index}]: expected regexp=>application, got ${line}`);
  return { match: compile(expression.trim(), `calls.mapping[${index}]`), application: application.trim() };
}

function compile(expression: string, where: string): PosixExpression {
  try {
    return compilePosix(expression);
  } catch (fault) {
    throw new CodedError('config.invalid', `${where}: ${fault instanceof Error ? fault.message : String(fault)}`);
  }
}

/** `\1` to `\8` insert what a group matched, `\\` one backslash. */
function insertGroups(text: string, groups: readonly (string | null)[]): string {
  return text.replace(/\\([1-8\\])/g, (_all, what: string) => (what === '\\' ? '\\' : (groups[Number(what)] ?? '')));
}
