import { byteOrder, type DsmModule, type DsmScript } from '../../../core/index.ts';
import { action } from './rows.ts';
import { atEnd, perServer, serverOf } from './server.ts';

/** Groups that one script may be in. */
const maxGroups = 1000;

/** Who is in which group, by event queue. */
class Groups {
  readonly #members = new Map<string, Set<string>>();
  readonly #groups = new Map<string, Set<string>>();

  /** False: it is in too many. */
  join(group: string, tag: string): boolean {
    const groups = this.#groups.get(tag) ?? new Set();
    if (groups.size >= maxGroups) return false;
    this.#groups.set(tag, groups.add(group));
    this.#members.set(group, (this.#members.get(group) ?? new Set()).add(tag));
    return true;
  }

  leave(group: string, tag: string): void {
    const members = this.#members.get(group);
    members?.delete(tag);
    if (members?.size === 0) this.#members.delete(group);
    const groups = this.#groups.get(tag);
    groups?.delete(group);
    if (groups?.size === 0) this.#groups.delete(tag);
  }

  leaveAll(tag: string): void {
    for (const group of this.#groups.get(tag) ?? []) this.leave(group, tag);
  }

  /** In the order of their bytes. */
  members(group: string): readonly string[] {
    return [...(this.#members.get(group) ?? [])].sort(byteOrder);
  }
}

const groupsOf = perServer(() => new Groups());
const groups = (script: DsmScript): Groups => groupsOf(serverOf(script));

/** "list `a;b` (unset → empty; no struct form) or `var`". */
function listed({ variables }: DsmScript, list: string): Map<string, string> {
  if (list === 'var') return new Map(variables.all());
  const names = list.split(';').map((name) => name.trim().replace(/^\$/, ''));
  return new Map(names.filter((name) => name !== '').map((name) => [name, variables.get(name)]));
}

/** Events to groups of calls (reference/dsm 5.6). */
export const modGroups: DsmModule = {
  name: 'mod_groups',
  summary: 'Groups of calls, and events to all of a group.',
  actions: [
    action.one('group')({
      name: 'groups.join',
      summary: 'This script is in the group from now on.',
      run(script, group) {
        if (!groups(script).join(group, script.tag)) script.log.warn(`DSM: in more than ${maxGroups} groups`);
        atEnd(script, 'groups', () => groups(script).leaveAll(script.tag));
        return undefined;
      },
    }),
    action.one('group')({
      name: 'groups.leave',
      summary: 'This script is not in the group any more.',
      run: (script, group) => void groups(script).leave(group, script.tag),
    }),
    action.none({
      name: 'groups.leaveAll',
      summary: 'This script is in no group any more.',
      run: (script) => void groups(script).leaveAll(script.tag),
    }),
    action.assign(
      'array:N',
      'group',
    )({
      name: 'groups.get',
      summary: 'The tags of the group, sorted, in array[0], array[1], … .',
      run(script, array, group) {
        for (const [i, tag] of groups(script).members(group).entries()) script.variables.set(`${array}[${i}]`, tag);
        return undefined;
      },
    }),
    action.assign(
      'dst:N',
      'group',
    )({
      name: 'groups.getSize',
      summary: 'How many are in the group.',
      run: (script, dst, group) => void script.variables.set(dst, String(groups(script).members(group).length)),
    }),
    action.twoMaybe(
      'group',
      'variables',
    )({
      name: 'groups.postEvent',
      summary: 'An event with these variables (a;b, or var: all) for all others of the group.',
      errno: ['arg'],
      run(script, group, list) {
        const parameters = listed(script, list);
        const others = groups(script)
          .members(group)
          .filter((tag) => tag !== script.tag);
        const reached = others.filter((tag) => script.postEvent(tag, parameters));
        if (reached.length > 0) script.clearError();
        else script.setError('arg', `groups.postEvent: nobody else is in ${group.slice(0, 80)}`);
        return undefined;
      },
    }),
  ],
  conditions: [],
};
