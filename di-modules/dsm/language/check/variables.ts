/**
 * Variables that are read, but that nothing sets. Modules set variables in ways of their own (columns of a
 * table, members of a struct), so whatever a script writes down by name counts as set.
 */
import type { Diagram, Fault, Position } from '../ast.ts';
import { found } from './report.ts';
import { actionsOf, conditionsIn, listsOf, transitionsOf } from './walk.ts';

/** Set by the host, or by modules under names that no script writes (reference/dsm 2.2). */
const ofHost = [
  /^(errno|strerror|hdrs|index|record_length|record_data_size|mon_session_record|match_connection_addr)$/,
  /^(config|db|curl|regex|dlg|aws|prompts|redis|json|http)\./,
  /^(DI_res|regex|count_file|b2b_|connect_|accept_|enable_)/,
];

export function checkVariables(diagrams: readonly Diagram[]): Fault[] {
  const written = new Set<string>();
  const read = new Map<string, Position>();
  for (const diagram of diagrams) collect(diagram, written, read);
  return [...read]
    .filter(([name]) => !ofHost.some((pattern) => pattern.test(name)) && !isWritten(name, written))
    .map(([name, position]) =>
      found(
        'warning',
        'unsetVariable',
        position,
        `$${name} is read, but nothing here sets it`,
        `$${name}`,
        'is it a slip of the pen, or does it come from P-App-Param, another script or a module?',
      ),
    );
}

/** The name itself, or what it is a part of: `rparty.user` of `rparty.`, `b_leg_ltag` of `b_leg`. */
function isWritten(name: string, written: ReadonlySet<string>): boolean {
  for (let end = name.length; end > 0; end--) {
    const isCut = end === name.length || /[._[]/.test(name[end] ?? '') || /[._[]/.test(name[end - 1] ?? '');
    if (isCut && written.has(name.slice(0, end))) return true;
  }
  return false;
}

function collect(diagram: Diagram, written: Set<string>, read: Map<string, Position>): void {
  const note = (text: string, position: Position): void => {
    for (const name of variablesIn(text)) if (!read.has(name)) read.set(name, position);
  };
  for (const list of listsOf(diagram)) {
    for (const { action, text, first, second, position } of actionsOf(list)) {
      const isTarget = action.form === '2P=' || action.parameters[0]?.kind === 'N';
      const values = isTarget ? [second] : action.form.startsWith('2P') ? [first, second] : [text];
      if (isTarget) written.add(first.replace(/^\$/, ''));
      if (action.parameters[1]?.kind === 'N') written.add(second.replace(/^\$/, ''));
      else for (const value of values) note(value, position);
      for (const [word] of text.matchAll(/(?<![\w$.]|\$[("'])[A-Za-z_][\w.]*/g)) written.add(word);
    }
    for (const { text, position } of conditionsIn(list)) note(text, position);
    for (const name of loopVariables(list)) written.add(name);
  }
  for (const { conditions } of transitionsOf(diagram.states))
    for (const { text, position } of conditions) note(text, position);
}

function loopVariables(elements: Diagram['functions'][number]['elements']): string[] {
  return elements.flatMap((element) => {
    if (element.kind === 'if') return [...loopVariables(element.then), ...loopVariables(element.otherwise)];
    if (element.kind !== 'for') return [];
    const { head } = element;
    const names = head.kind === 'struct' ? [head.key, head.value] : [head.variable];
    return [...names, ...loopVariables(element.elements)];
  });
}

/** `$name`, `$(name)`, `$"name"`. */
function variablesIn(text: string): string[] {
  const found = text.matchAll(/(?<![$\\])\$(?:\(([\w.[\]]+)\)|["']([\w.[\]]+)["']|([A-Za-z_]\w*(?:[.[]\w+\]?)*))/g);
  return [...found].flatMap(([, a, b, c]) => a ?? b ?? c ?? []);
}
