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
