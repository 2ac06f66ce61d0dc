/** Which application serves an incoming call (reference/applications 1.1, 1.2; design, section 6). */
import { CodedError } from '../runtime/index.ts';
import { parseUri } from '../sip/index.ts';
import { embeddedRouting, type RoutingConfig } from './config.ts';
import { compilePosix, type PosixExpression } from './posix-expression.ts';

/** What the choice is made from. */
export interface RoutedRequest {
  readonly uri: string;
  /** `P-App-Name` of a trusted sender, else null. */
  readonly applicationHeader: string | null;
}

interface Rule {
  readonly match: PosixExpression | null;
  readonly application: string;
}

/** Longer Request-URIs are not routed: whoever sends one means no good. */
const maxUriLength = 4096;

export class Router {
  readonly #rules: readonly Rule[];
  readonly #mapping: readonly Rule[];
  readonly #isDefault: boolean;

  /** @throws CodedError `config.invalid` naming the rule. */
  constructor(rules: RoutingConfig, mapping: readonly string[]) {
    this.#rules = rules.map(({ match, application }, index) => ({
      match: match === undefined ? null : compile(match, `routing[${index}].match`),
      application,
    }));
    this.#mapping = mapping.filter((line) => !/^\s*(#|$)/.test(line)).map(parseMapping);
    this.#isDefault = JSON.stringify(rules) === JSON.stringify(embeddedRouting);
  }

  /** The first rule's application that `isLoaded`; null when nothing fits. */
  route(request: RoutedRequest, isLoaded: (application: string) => boolean): string | null {
    if (request.uri.length > maxUriLength) return null;
    for (const rule of this.#rules) {
      const application = this.#choose(rule, request);
      if (application !== null && application !== '' && isLoaded(application)) return application;
    }
    return null;
  }

  /** The reason phrase of the 404; with the embedded rules it lists what can be dialled. */
  notFoundReason(isLoaded: (application: string) => boolean): string {
    if (!this.#isDefault) return 'Not Found';
    const names = diallable.filter(([, application]) => isLoaded(application)).map(([name]) => name);
    return names.length === 0 ? 'Not Found' : `Not Found (try ${names.join(', ')})`;
  }

  #choose(rule: Rule, request: RoutedRequest): string | null {
    const groups = rule.match === null ? [] : rule.match(request.uri);
    if (groups === null) return null;
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

/** What the embedded rules answer, for the 404. */
const diallable: readonly (readonly [name: string, application: string])[] = [
  ['echo', 'echo'],
  ['600', 'echo'],
  ['conference', 'conference'],
  ['5xx', 'conference'],
  ['webconference', 'webconference'],
  ['welcome', 'announcement'],
];

const selectors: ReadonlyMap<string, (request: RoutedRequest) => string | null> = new Map([
  // "whole user part, as parsed (no unescape)"
  ['$(ruri.user)', ({ uri }: RoutedRequest) => /^sips?:([^@]*)@/i.exec(uri)?.[1]?.replace(/:.*$/, '') ?? null],
  ['$(ruri.param)', ({ uri }: RoutedRequest) => parseUri(uri)?.parameters.get('app') ?? null],
  ['$(apphdr)', ({ applicationHeader }: RoutedRequest) => applicationHeader],
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
