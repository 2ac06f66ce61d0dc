/**
 * The reader as the stack machine that SEMS has (reference/dsm 1.4): every word is looked at by what is on
 * top of the stack. What SEMS swallows is told: as a warning in mode `sems`, where the meaning stays SEMS's,
 * as an error in mode `strict`, where the reader then goes on behind the next keyword.
 */
import type { Diagram, Item } from './ast.ts';
import { Declarations } from './declarations.ts';
import type { FaultList, Place } from './fault-list.ts';
import type { FaultCode, ReadMode } from './fault-rows.ts';
import type { Frame } from './frames.ts';
import { commentsOf, describe } from './frames.ts';
import type { ReadLimits } from './limits.ts';
import { splitCall } from './parameters.ts';
import { closeAll, tellOpen } from './reader-closing.ts';
import { readWord } from './reader-words.ts';
import type { CommentLine, Source } from './source.ts';
import { suggest } from './suggest.ts';
import { type Token, Tokenizer } from './token.ts';
import type { Names } from './vocabulary.ts';

const keywords = new Set(['function', 'initial', 'state', 'transition']);

export class Reader {
  readonly mode: ReadMode;
  readonly limits: ReadLimits;
  readonly names: Names;
  readonly source: Source;
  readonly faults: FaultList;
  readonly stack: Frame[] = [];
  readonly declared: Declarations;
  readonly #tokens: Tokenizer;
  readonly #items: Item[] = [];
  #include = 0;
  /** Comments that no node has taken yet. */
  #comments: CommentLine[] = [];
  /** Words of this line, or up to the next keyword, have been reported together. */
  #skipping: 'line' | 'declaration' | null = null;
  #skippedLine = 0;
  /** The word before that being read. */
  previous: Token | null = null;

  constructor(options: {
    readonly mode: ReadMode;
    readonly limits: ReadLimits;
    readonly names: Names;
    readonly source: Source;
    readonly faults: FaultList;
  }) {
    this.mode = options.mode;
    this.limits = options.limits;
    this.names = options.names;
    this.source = options.source;
    this.faults = options.faults;
    this.#tokens = new Tokenizer(options.source, options.faults);
    this.declared = new Declarations(this);
  }

  get top(): Frame | undefined {
    return this.stack.at(-1);
  }

  read(name: string): Diagram {
    for (let token = this.#tokens.next(); token !== null; token = this.#tokens.next()) {
      this.#comments.push(...token.comments);
      this.#takeIncludes(token.offset);
      this.#word(token);
      this.previous = token;
    }
    this.#comments.push(...this.#tokens.rest());
    this.#takeIncludes(Number.POSITIVE_INFINITY);
    if (this.mode === 'strict') closeAll(this, null);
    else tellOpen(this);
    const { imports, functions, states, initial } = this.declared;
    const comments = commentsOf([], this.takeComments());
    return { name, items: this.#items, imports, functions, states, initial, ...comments };
  }

  /**
   * The comments before a node; they are its own from now on. An empty line before the first of a block or
   * of the file goes.
   */
  takeCommentsOf(isFirst: boolean): string[] {
    const lines = this.takeComments();
    while (isFirst && lines[0] === '') lines.shift();
    return lines;
  }

  /** The comments in a node, which stand before it from now on. */
  takeInnerComments(): string[] {
    return this.takeComments().filter((line) => line !== '');
  }

  /** All, or those of the lines before one. */
  takeComments(beforeLine = Number.POSITIVE_INFINITY): string[] {
    const taken = this.#comments.filter(({ line }) => line < beforeLine);
    this.#comments = this.#comments.filter(({ line }) => line >= beforeLine);
    return taken.map(({ text }) => text);
  }

  /** Only what stands in the file itself. */
  addItem(token: Token, item: Item): void {
    if (this.source.isOwn(token.offset)) this.#items.push(item);
  }

  place(token: Pick<Token, 'offset'>): Place {
    return { offset: token.offset, position: this.source.position(token.offset) };
  }

  fault(code: FaultCode, token: Token, message: string, hint?: string): void {
    this.faults.add(code, this.place(token), message, token.text, hint);
  }

  /** Nothing more is said about words up to the end of this one's line. */
  skipLine(token: Token): void {
    this.#skipping = 'line';
    this.#skippedLine = this.source.position(token.end).line;
  }

  /** Nothing more is said about words up to the next keyword. */
  skipDeclaration(): void {
    this.#skipping = 'declaration';
  }

  #word(token: Token): void {
    if (this.#skipping === 'line' && this.source.position(token.offset).line === this.#skippedLine) return;
    const isKeyword = this.#isKeyword(token);
    const isImport = token.text.length > 6 && token.text.startsWith('import');
    if (this.#skipping === 'declaration' && !isKeyword && !isImport) return;
    this.#skipping = null;
    if (isImport) {
      this.#import(token);
      return;
    }
    if (isKeyword) {
      this.#keyword(token);
      return;
    }
    readWord(this, token);
  }

  /** SEMS takes the four words as keywords wherever they stand, also out of quotation marks. */
  #isKeyword(token: Token): boolean {
    if (!keywords.has(token.text)) return false;
    if (!token.isQuoted) return true;
    this.fault('keywordAsName', token, `"${token.text}" is read as the keyword`);
    return this.mode === 'sems';
  }

  #import(token: Token): void {
    const { text } = splitCall(token.text);
    const module = text.trim();
    if (module === '') {
      this.fault('importWithoutName', token, 'this is read as an import, and names no module');
      if (this.#awaitsName()) readWord(this, token);
      return;
    }
    const { top } = this;
    if (top !== undefined && !(top.kind === 'function' && top.isRegistered))
      this.fault('misplacedImport', token, `an import within ${describe(top)}`);
    const position = this.source.position(token.offset);
    this.declared.imports.push({ module, position });
    this.addItem(token, {
      kind: 'import',
      module,
      position,
      ...commentsOf(this.takeCommentsOf(this.#items.length === 0)),
    });
    const { names } = this;
    if (names.import(module)) {
      const lack = names.lackOf(module);
      if (lack !== null) this.fault('moduleLacks', token, `${module} is not whole`, lack);
      return;
    }
    const near = suggest(module, names.moduleNames());
    const hint = names.planOf(module) ?? (near === null ? undefined : `did you mean ${near}?`);
    this.fault('unknownModule', token, `there is no module ${module}`, hint);
  }

  #awaitsName(): boolean {
    const { top } = this;
    return (top?.kind === 'state' || top?.kind === 'transition') && top.nameToken === null;
  }

  #keyword(token: Token): void {
    const isOfInitial = token.text === 'state' && this.top?.kind === 'initial';
    if (this.mode === 'strict' && !isOfInitial) closeAll(this, token);
    const before = token.text === 'initial' ? [] : this.takeCommentsOf(this.#items.length === 0);
    switch (token.text) {
      case 'function':
        this.stack.push({
          kind: 'function',
          token,
          before,
          name: null,
          text: '',
          elements: null,
          isRegistered: false,
        });
        return;
      case 'initial':
        this.stack.push({ kind: 'initial', token });
        return;
      case 'state':
        this.stack.push({
          kind: 'state',
          token,
          before,
          nameToken: null,
          enter: null,
          exit: null,
          isIgnoring: false,
        });
        return;
      default:
        this.stack.push({
          kind: 'transition',
          token,
          before,
          nameToken: null,
          sourceToken: null,
          hasNoSource: false,
          target: null,
          conditions: null,
          isException: false,
          actions: null,
          hasArrow: false,
          isIgnoring: false,
        });
    }
  }

  /** The `#include` lines before `offset` become items. */
  #takeIncludes(offset: number): void {
    for (;;) {
      const include = this.source.includes[this.#include];
      if (include === undefined || include.offset > offset) return;
      this.#include++;
      const { path, position } = include;
      const { top } = this;
      if (top !== undefined && !(top.kind === 'function' && top.isRegistered))
        this.faults.add(
          'includeInside',
          { offset: include.offset, position },
          `an include within ${describe(top)}`,
          path,
        );
      const before = this.takeComments(position.line);
      while (this.#items.length === 0 && before[0] === '') before.shift();
      this.#items.push({ kind: 'include', path, position, ...commentsOf(before) });
    }
  }
}
