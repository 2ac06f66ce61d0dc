import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineModule, Type } from '../../../core/index.ts';
import { makeModule } from './make-module.ts';

test('a module hears that it has stopped, after its own stop', async () => {
  const heard: string[] = [];
  const definition = defineModule({
    name: 'sample',
    summary: 'A sample.',
    config: Type.Object({}),
    start: ({ stopped }) => stopped.addEventListener('abort', () => heard.push('stopped')),
    stop: () => void heard.push('stop'),
  });
  const { modules } = await makeModule(definition);
  assert.deepEqual(heard, []);
  await modules.stop();
  assert.deepEqual(heard, ['stop', 'stopped']);
});

test('a module may still publish its events while it stops, and no longer after', async () => {
  const heard: string[] = [];
  let publish: (() => void) | null = null;
  const definition = defineModule({
    name: 'sample',
    summary: 'A sample.',
    config: Type.Object({}),
    start: ({ declareEvent, publishDeclared }) => {
      declareEvent('sample.over', { summary: 'It is over.', scope: 'sample:read', payload: Type.Object({}) });
      publish = () => publishDeclared('sample.over', {});
    },
    stop: () => publish?.(),
  });
  const { modules, bus } = await makeModule(definition);
  bus.subscribe('sample.*', ['*:*'], ({ name }) => heard.push(name));
  await modules.stop();
  assert.deepEqual(heard, ['sample.over']);
  assert.throws(() => publish?.(), /not declared/);
});
