/** What a diagram has so far: states, functions, transitions where they leave from. */
import type { Element, FunctionDefinition, State, Transition } from './ast.ts';
import { commentsOf, type FunctionFrame, type StateDraft, type StateFrame, type TransitionFrame } from './frames.ts';
import type { Reader } from './reader.ts';
import { suggest } from './suggest.ts';
import type { Token } from './token.ts';

/** Words that stand where a name should only by mistake. */
const marks = new Set([';', '{', '}', '[', ']', '-', '->', '-->', '/', '-/']);

/** What a call brings in: elements, and functions in each other. */
interface FunctionCost {
  readonly elements: number;
  readonly depth: number;
}

export class Declarations {
  readonly imports: { readonly module: string; readonly position: State['position'] }[] = [];
  readonly functions: FunctionDefinition[] = [];
  readonly states: StateDraft[] = [];
  initial: State | null = null;
  readonly #reader: Reader;
  readonly #functions = new Map<string, FunctionDefinition>();
  readonly #states = new Map<string, StateDraft>();
  readonly #costs = new Map<FunctionDefinition, FunctionCost>();
  #tooMany = false;
  #inlined = 0;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  function(name: string): FunctionDefinition | null {
    return this.#functions.get(name) ?? null;
  }

  /** False: it would bring in too much; two calls in each of forty functions are a million million elements. */
  mayCall(definition: FunctionDefinition, token: Token): boolean {
    const { limits } = this.#reader;
    const cost = this.#costs.get(definition) ?? { elements: 0, depth: 0 };
    this.#inlined += cost.elements;
    if (this.#inlined <= limits.inlinedElements && cost.depth <= limits.functionDepth) return true;
    const message =
      cost.depth > limits.functionDepth
        ? `functions call each other over ${limits.functionDepth} deep`
        : `calls of functions make over ${limits.inlinedElements} elements`;
    this.#reader.fault('tooDeep', token, message);
    return false;
  }

  #costOf(elements: readonly Element[]): FunctionCost {
    let count = elements.length;
    let depth = 1;
    const add = (cost: FunctionCost, levels: number): void => {
      count += cost.elements;
      depth = Math.max(depth, cost.depth + levels);
    };
    for (const element of elements) {
      if (element.kind === 'function') add(this.#costs.get(element.definition) ?? { elements: 0, depth: 0 }, 1);
      else if (element.kind === 'for') add(this.#costOf(element.elements), 0);
      else if (element.kind === 'if') for (const list of [element.then, element.otherwise]) add(this.#costOf(list), 0);
    }
    return { elements: count, depth };
  }

  hasState(name: string): boolean {
    return this.#states.has(name);
  }

  addFunction(frame: FunctionFrame): void {
    const reader = this.#reader;
    const { token, name, text, before } = frame;
    frame.isRegistered = true;
    if (name === null) {
      reader.fault('functionHeader', token, 'the function has no name');
      return;
    }
    if (frame.elements === null) reader.fault('emptyFunction', token, `function ${name} has no block`);
    const comments = commentsOf([...before, ...reader.takeInnerComments()]);
    const position = reader.place(token).position;
    const definition: FunctionDefinition = { name, text, elements: frame.elements ?? [], position, ...comments };
    this.functions.push(definition);
    this.#costs.set(definition, this.#costOf(definition.elements));
    // Of equal names the first is found.
    if (!this.#functions.has(name)) this.#functions.set(name, definition);
    reader.addItem(token, { kind: 'function', definition });
  }

  addState(frame: StateFrame, isInitial: boolean): void {
    const reader = this.#reader;
    const { token, nameToken, before } = frame;
    if (nameToken === null) {
      reader.fault('suspiciousName', token, 'the state has no name');
      return;
    }
    if (this.states.length >= reader.limits.states) {
      if (!this.#tooMany) reader.fault('tooLarge', token, `over ${reader.limits.states} states`);
      this.#tooMany = true;
      return;
    }
    const name = nameToken.text;
    if (!nameToken.isQuoted && marks.has(name))
      reader.fault('suspiciousName', nameToken, `the state is called ${JSON.stringify(name)}: is its name missing?`);
    const state: StateDraft = {
      name,
      isInitial,
      enter: frame.enter ?? [],
      exit: frame.exit ?? [],
      transitions: [],
      position: reader.place(token).position,
      ...commentsOf([...before, ...reader.takeInnerComments()]),
    };
    this.states.push(state);
    if (this.#states.has(name)) reader.fault('duplicateState', nameToken, `a second state called ${name}`);
    else this.#states.set(name, state);
    if (isInitial && this.initial !== null)
      reader.fault('secondInitial', nameToken, `${name} is the second initial state, after ${this.initial.name}`);
    else if (isInitial) this.initial = state;
    reader.addItem(token, { kind: 'state', state });
  }

  addTransition(frame: TransitionFrame): void {
    const reader = this.#reader;
    const { token, nameToken, sourceToken, before } = frame;
    if (nameToken === null || sourceToken === null) {
      reader.fault('noTarget', token, 'the transition has no name or leaves from no state');
      return;
    }
    const name = nameToken.text;
    if (frame.target === null) reader.fault('noTarget', token, `transition ${JSON.stringify(name)} names no target`);
    else if (!frame.hasArrow)
      reader.fault('missingArrow', token, `transition ${JSON.stringify(name)} has no -> before ${frame.target}`);
    if (frame.hasNoSource && reader.mode === 'sems') this.tellNoSource(name, sourceToken);
    const sources = sourcesOf(sourceToken.text);
    const unknown = frame.hasNoSource ? [] : sources.filter((source) => !this.#states.has(source));
    for (const source of unknown) {
      const [message, hint] = this.#aboutUnknown(source, name);
      reader.fault('unknownSource', sourceToken, message, hint);
    }
    const transition: Transition = {
      name,
      sources,
      target: frame.target ?? '',
      isException: frame.isException,
      conditions: frame.conditions ?? [],
      actions: frame.actions ?? ([] as readonly Element[]),
      position: reader.place(token).position,
      ...commentsOf([...before, ...reader.takeInnerComments()]),
    };
    for (const source of sources) this.#states.get(source)?.transitions.push(transition);
    reader.addItem(token, { kind: 'transition', transition });
  }

  /** A transition whose source is missing: true for a word that cannot be meant as one. */
  isNoSource({ text, isQuoted }: Token): boolean {
    return !isQuoted && marks.has(text) && !this.#states.has(text);
  }

  tellNoSource(transition: string, token: Token): void {
    const name = JSON.stringify(transition);
    const message = `transition ${name} names no source state: ${JSON.stringify(token.text)} stands in its place`;
    this.#reader.fault('unknownSource', token, message, `write transition ${name} STATE - … -> TARGET;`);
  }

  #aboutUnknown(source: string, name: string): readonly [message: string, hint?: string] {
    const message = `transition ${JSON.stringify(name)} leaves state ${JSON.stringify(source)}, which is not declared before it`;
    const trimmed = source.trim();
    if (trimmed !== source && this.#states.has(trimmed))
      return [message, 'one blank at most may stand beside the commas of a list, and no line end'];
    const near = suggest(source, this.#states.keys());
    return near === null ? [message] : [message, `did you mean ${near}?`];
  }
}

/** `A` or `(A, B)`: one blank on each side of a name goes. */
function sourcesOf(text: string): string[] {
  const open = text.startsWith('(') ? 1 : 0;
  const close = text.endsWith(')') && text.length > open ? 1 : 0;
  return text
    .slice(open, text.length - close)
    .split(',')
    .map((entry) => entry.replace(/^ /, '').replace(/ $/, ''));
}
