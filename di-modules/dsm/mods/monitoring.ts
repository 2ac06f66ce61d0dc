import type { DsmAction, DsmModule, DsmScript } from '../../../core/index.ts';
import { action } from './rows.ts';

const call = async (script: DsmScript, name: string, ...args: readonly string[]): Promise<undefined> => {
  await script.invoke('monitoring', name, args);
};

/** An attribute of the record of this call. */
function own(name: string, alias: string, summary: string, fn: string): DsmAction {
  return action.twoMaybe(
    'name',
    'value',
  )({ name, aliases: [alias], summary, run: (script, key, value) => call(script, fn, script.tag, key, value) });
}

/** An attribute of any record. */
function global(name: string, summary: string, fn: string): DsmAction {
  return action.twoMaybe(
    'record',
    'name,value:L',
  )({
    name,
    summary,
    run(script, record, rest) {
      const [, key = '', value = ''] = /^([^,]*),?(.*)$/s.exec(rest) ?? [];
      return call(script, fn, record, script.resolve(key.trim()), script.resolve(value.trim()));
    },
  });
}

function counter(name: string, summary: string, fn: string): DsmAction {
  return action.twoMaybe(
    'record',
    'name',
  )({ name, summary, run: (script, record, key) => call(script, fn, record, key) });
}

/** Records of the module `monitoring` (reference/dsm 5.6). */
export const modMonitoring: DsmModule = {
  name: 'mod_monitoring',
  summary: 'Attributes of this call, and counters, in the module monitoring.',
  actions: [
    own('monitoring.set', 'monitoring.log', 'Sets an attribute of this call.', 'log'),
    own('monitoring.add', 'monitoring.logAdd', 'Appends to a list attribute of this call.', 'logAdd'),
    action.none({
      name: 'monitoring.logVars',
      summary: 'All variables as attributes of this call.',
      run: (script) => call(script, 'log', script.tag, ...script.variables.all().flat()),
    }),
    global('monitoring.setGlobal', 'Sets an attribute of a record.', 'log'),
    global('monitoring.addGlobal', 'Appends to a list attribute of a record.', 'logAdd'),
    counter('monitoring.inc', 'Adds one to an attribute of a record.', 'inc'),
    counter('monitoring.dec', 'Takes one from an attribute of a record.', 'dec'),
  ],
  conditions: [],
};
