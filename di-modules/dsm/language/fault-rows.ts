/** What can be wrong with a script, as a table. */
import type { Fault } from './ast.ts';

/** `sems`: as the SEMS reader takes it, with warnings · `strict`: what that reader swallows is an error. */
export type ReadMode = 'strict' | 'sems';

interface FaultRow {
  /** Null: not worth a word in this mode. */
  readonly sems: Fault['severity'] | null;
  readonly strict: Fault['severity'] | null;
  readonly hint?: string;
}

/** SEMS does not load the file either (reference/dsm 1.7). */
const fails = (hint?: string): FaultRow => ({
  sems: 'error',
  strict: 'error',
  ...(hint === undefined ? {} : { hint }),
});
/** SEMS says nothing, or writes a line in its log, and something is lost. */
const swallowed = (hint?: string): FaultRow => ({ ...fails(hint), sems: 'warning' });
/** Nothing is lost, but a reader of the text may be misled. */
const misleading = (hint?: string): FaultRow => ({ ...swallowed(hint), strict: 'warning' });

export const faultRows = {
  // Files
  unreadable: fails(),
  tooLarge: fails('split the script, or raise the limit'),
  tooDeep: fails(),
  tooManyFaults: fails('correct those above first'),
  includeMissing: fails('a relative path begins at the folder that the script is loaded from (diag_path)'),
  includeLoop: fails(),
  includeInside: misleading('an #include between declarations can be formatted, one within them cannot'),
  // What SEMS refuses
  withoutContext: fails('a script consists of import(…), function, state and transition'),
  importWithoutName: fails('no name of a state, transition, action or function may begin with "import"'),
  unknownModule: fails(),
  unknownAction: fails(),
  unknownCondition: fails(),
  functionHeader: fails('write function name() { … };'),
  afterFunction: fails('a function ends with };'),
  forHeader: fails('write for ($i in range(0, 3)) { … }, for ($x in $array) { … } or for ($k, $v in $struct) { … }'),
  elseWithoutIf: fails('else follows the } of an if at once'),
  afterIfGuard: fails('write if condition; condition { … }'),
  unknownSource: fails('declare a state before the transitions that leave it'),
  misplacedInitial: fails('initial stands before state'),
  actionsOfIf: fails('the actions of an if stand in { }'),
  // What SEMS swallows
  unclosedElement: swallowed(),
  unclosedQuote: swallowed('SEMS closes it silently at the end of the file'),
  unclosedParenthesis: swallowed('SEMS closes it silently at the end of the file'),
  strayQuote: swallowed('an apostrophe opens a quotation that runs to the next one: put the text in double quotes'),
  droppedArrow: swallowed('a line that begins with -- is a comment, also when it is -->: put it behind other text'),
  ignoredText: swallowed(),
  keywordAsName: swallowed('function, initial, state and transition cannot be names, not even in quotation marks'),
  suspiciousName: swallowed(),
  joinedCalls: swallowed('put ; or a blank between two calls'),
  textAfterCall: swallowed('what follows the last ) is dropped'),
  missingParameter: swallowed(),
  noOperator: swallowed('a comparison has ==, !=, < or >; without one it is never true'),
  secondInitial: swallowed('the first stays the initial state'),
  repeatedBlock: swallowed('only the last one counts'),
  duplicateState: swallowed('only the first of this name is ever entered'),
  noTarget: swallowed('write -> and the state that follows'),
  missingArrow: swallowed('write -> before the target'),
  missingBrace: swallowed(),
  unbalancedBrace: swallowed(),
  nestedBrace: swallowed('a block in a block opens nothing: the first } closes the list'),
  forWithoutBlock: swallowed('the loop is dropped'),
  danglingNot: swallowed('not stands before a condition'),
  misplacedImport: swallowed('imports stand between declarations'),
  // Misleading
  emptyParameter: { sems: 'warning', strict: null },
  uselessParameter: misleading('it takes none'),
  longQuote: misleading('is an apostrophe or a quotation mark missing?'),
  commentInside: misleading('a line that begins with # is dropped, even within parentheses'),
  moduleLacks: { sems: 'warning', strict: 'warning' },
  bracesAround: { sems: null, strict: 'warning', hint: 'braces mean nothing here' },
  elseIf: misleading('it needs one } more than it seems: write else { if … { … } }'),
  emptyFunction: misleading(),
  exceptionInIf: misleading('exception belongs to the guard of a transition; in an if it has no effect'),
} as const satisfies { readonly [code: string]: FaultRow };

export type FaultCode = keyof typeof faultRows;
