import type { DsmAction, DsmScript } from '../../../../core/index.ts';
import { bareName } from '../operand.ts';
import { ownScript } from '../script-base.ts';

/** Events to other scripts, and names under which they reach this one (reference/dsm 4.5). */
export const eventActions: readonly DsmAction[] = [
  {
    name: 'postEvent',
    summary: 'Sends an event to another session.',
    form: '2P,?',
    parameters: [
      { name: 'session', kind: 'R', summary: 'Its tag, or a name that it registered.' },
      { name: 'variables', kind: 'R', summary: 'a;b;struct. copies these, var all.' },
    ],
    errno: ['arg'],
    run(script, queue, list) {
      if (script.postEvent(queue, selectVariables(script, list))) script.clearError();
      else script.setError('arg', `no session ${queue.slice(0, 80)}`);
      return undefined;
    },
  },
  {
    name: 'registerEventQueue',
    summary: 'Gives this session one more name under which events reach it.',
    form: '1P',
    parameters: [{ name: 'name', kind: 'R' }],
    run(script, name) {
      if (!ownScript(script).registerQueue(name)) script.log.warn(`DSM: event queue ${name.slice(0, 80)} is taken`);
      return undefined;
    },
  },
  {
    name: 'unregisterEventQueue',
    summary: 'Gives that name up.',
    form: '1P',
    parameters: [{ name: 'name', kind: 'R' }],
    run(script, name) {
      if (!ownScript(script).unregisterQueue(name)) script.log.warn(`DSM: no event queue ${name.slice(0, 80)}`);
      return undefined;
    },
  },
];

/**
 * Variables by a list (reference/dsm 3.2): `a;b;c` those that exist, `name.` a whole struct, the single word `var`
 * all. For `postEvent` and `B2B.relayEvent`.
 */
export function selectVariables({ variables }: DsmScript, list: string): Map<string, string> {
  if (list === 'var') return new Map(variables.all());
  const selected = new Map<string, string>();
  for (const item of list.split(';')) {
    const name = bareName(item.trim());
    if (name === '') continue;
    if (name.endsWith('.')) for (const [each, value] of variables.withPrefix(name)) selected.set(each, value);
    else if (variables.has(name)) selected.set(name, variables.get(name));
  }
  return selected;
}
