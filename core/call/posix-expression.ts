/**
 * POSIX extended regular expressions, as SEMS's routing has them (reference/applications 1.2):
 * unanchored, case-sensitive, on text that strangers write. They are run as a set of states that
 * moves along the text once (Thompson, Pike), so the time is bounded by expression × text, whatever
 * either holds; a backtracking engine can be made to stand still by `(a+)+$`.
 *
 * Of several ways to match, the leftmost is taken, and of these the one that is written first and
 * takes most; POSIX would take the longest. Back-references are not regular and are refused.
 */
import { type CharacterTest, type Node, parsePosix } from './posix-parser.ts';

/** Gives the groups of the first match (the whole match first; null for a group that took no part), or null. */
export type PosixExpression = (text: string) => readonly (string | null)[] | null;

type Instruction =
  | { readonly op: 'character'; readonly test: CharacterTest }
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'save'; readonly slot: number }
  | { readonly op: 'start' }
  | { readonly op: 'end' }
  | { readonly op: 'match' };

type Program = readonly Instruction[];

/** An expression that becomes longer than this is refused (`(x{255}){255}`). */
const maxInstructions = 4000;

/** @throws Error that says what is wrong, and where. */
export function compilePosix(expression: string): PosixExpression {
  const program: Instruction[] = [];
  const { node, groups } = parsePosix(expression);
  emit(program, { kind: 'group', index: 0, node });
  program.push({ op: 'match' });
  return (text) => run(program, groups + 1, text);
}

function emit(program: Instruction[], node: Node): void {
  if (program.length > maxInstructions) throw new Error('the expression is too large');
  switch (node.kind) {
    case 'character':
      program.push({ op: 'character', test: node.test });
      break;
    case 'start':
    case 'end':
      program.push({ op: node.kind });
      break;
    case 'sequence':
      for (const each of node.nodes) emit(program, each);
      break;
    case 'group':
      program.push({ op: 'save', slot: node.index * 2 });
      emit(program, node.node);
      program.push({ op: 'save', slot: node.index * 2 + 1 });
      break;
    case 'either':
      emitEither(program, node.nodes);
      break;
    case 'repeat':
      for (let count = 0; count < node.min; count++) emit(program, node.node);
      if (node.max === Number.POSITIVE_INFINITY) emitStar(program, node.node);
      else emitOptional(program, node.node, node.max - node.min);
      break;
    default:
      node satisfies never;
  }
}

function emitEither(program: Instruction[], nodes: readonly Node[]): void {
  const exits: { op: 'jump'; to: number }[] = [];
  nodes.forEach((node, index) => {
    const split = { op: 'split' as const, first: program.length + 1, second: 0 };
    const isLast = index === nodes.length - 1;
    if (!isLast) program.push(split);
    emit(program, node);
    if (isLast) return;
    const exit = { op: 'jump' as const, to: 0 };
    exits.push(exit);
    program.push(exit);
    split.second = program.length;
  });
  for (const exit of exits) exit.to = program.length;
}

function emitStar(program: Instruction[], node: Node): void {
  const split = { op: 'split' as const, first: program.length + 1, second: 0 };
  const from = program.push(split) - 1;
  emit(program, node);
  program.push({ op: 'jump', to: from });
  split.second = program.length;
}

function emitOptional(program: Instruction[], node: Node, times: number): void {
  const splits: { second: number }[] = [];
  for (let count = 0; count < times; count++) {
    const split = { op: 'split' as const, first: program.length + 1, second: 0 };
    program.push(split);
    splits.push(split);
    emit(program, node);
  }
  for (const split of splits) split.second = program.length;
}

/** A state: where in the program, and where the groups began and ended. */
interface Thread {
  readonly at: number;
  readonly saved: readonly number[];
}

function run(program: Program, groups: number, text: string): readonly (string | null)[] | null {
  const unset: readonly number[] = new Array<number>(groups * 2).fill(-1);
  let threads: Thread[] = [];
  let matched: readonly number[] | null = null;
  for (let position = 0; position <= text.length; position++) {
    const seen = new Uint8Array(program.length);
    const ready: Thread[] = [];
    for (const { at, saved } of threads) follow(program, at, saved, position, text.length, seen, ready);
    // Unanchored: a match may begin here, if none began earlier.
    if (matched === null) follow(program, 0, unset, position, text.length, seen, ready);
    const code = position < text.length ? text.charCodeAt(position) : -1;
    threads = [];
    for (const { at, saved } of ready) {
      const instruction = program[at];
      if (instruction?.op === 'match') {
        // Threads after this one are of lower preference.
        matched = saved;
        break;
      }
      if (instruction?.op === 'character' && code >= 0 && instruction.test(code)) threads.push({ at: at + 1, saved });
    }
    if (matched !== null && threads.length === 0) break;
  }
  if (matched === null) return null;
  const bounds = matched;
  return Array.from({ length: groups }, (_none, group) => {
    const [from = -1, to = -1] = bounds.slice(group * 2, group * 2 + 2);
    return from < 0 || to < 0 ? null : text.slice(from, to);
  });
}

/** Goes on from `at` without reading, to every instruction that reads or matches; each once. */
function follow(
  program: Program,
  from: number,
  savedBefore: readonly number[],
  position: number,
  length: number,
  seen: Uint8Array,
  ready: Thread[],
): void {
  const stack: Thread[] = [{ at: from, saved: savedBefore }];
  for (let thread = stack.pop(); thread !== undefined; thread = stack.pop()) {
    const { at, saved } = thread;
    const instruction = program[at];
    if (instruction === undefined || seen[at] === 1) continue;
    seen[at] = 1;
    switch (instruction.op) {
      case 'jump':
        stack.push({ at: instruction.to, saved });
        break;
      case 'split':
        stack.push({ at: instruction.second, saved }, { at: instruction.first, saved });
        break;
      case 'save':
        stack.push({ at: at + 1, saved: saved.with(instruction.slot, position) });
        break;
      case 'start':
        if (position === 0) stack.push({ at: at + 1, saved });
        break;
      case 'end':
        if (position === length) stack.push({ at: at + 1, saved });
        break;
      default:
        ready.push(thread);
    }
  }
}
