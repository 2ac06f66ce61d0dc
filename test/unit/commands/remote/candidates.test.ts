import assert from 'node:assert/strict';
import { test } from 'node:test';
import { candidates } from '../../../../core/commands/remote/candidates.ts';
import { document } from './make-server.ts';

const complete = (...words: string[]) => candidates(words, ['call', 'calls', 'ls'], async () => document);

test('completion knows commands, options, functions, arguments and their values {command-line}', async () => {
  assert.deepEqual(await complete('ca'), ['call', 'calls']);
  assert.deepEqual(await complete('calls', '--w'), ['--watch']);
  assert.deepEqual(await complete('call', 'log.set'), ['log.setLevel', 'log.setCallLevel']);
  assert.deepEqual(await complete('call', 'log.setLevel', ''), ['component=', 'level=']);
  assert.deepEqual(await complete('call', 'log.setLevel', 'component=sip', 'level=de'), [
    'level=debug',
    'level=default',
  ]);
  assert.deepEqual(await complete('call', 'log.setLevel', 'component=sip', 'l'), ['level=']);
  assert.deepEqual(await complete('ls', 'monit'), ['monitoring']);
  assert.ok((await complete('events', 'call.')).includes('call.*'));
  assert.deepEqual(await complete('call', 'no.such', ''), []);
  assert.deepEqual(await complete('unheard', 'x'), []);
});
