/** Names without a module: what SEMS exports directly (di-interfaces 3.4). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createInvoker, shadowedNames } from '../../../rpc/invoker.ts';
import { fullBus } from '../../lint/full-bus.ts';

test('a bare name is of the first module that has it in _list; others that have it come after these {xml-rpc}', () => {
  const bus = fullBus();
  const modules = ['webconference', 'callgen', 'di_dial'];
  const { find } = createInvoker(bus, modules);
  // webconference has a help too, which SEMS does not export.
  assert.equal(find('help')?.module, 'callgen');
  assert.equal(find('addParticipant')?.module, 'webconference', 'what one module alone has needs no place in _list');
  assert.equal(find('calls')?.module, 'builtin');
  assert.equal(find('_list'), null);
  assert.deepEqual(
    shadowedNames(bus, modules).find(({ name }) => name === 'help'),
    { name: 'help', modules: ['callgen', 'di_dial', 'webconference'] },
  );
});
