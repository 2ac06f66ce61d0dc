import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import {
  type CodedError,
  type Processes,
  type ProcessOrder,
  realClock,
  runProcess,
  SimClock,
  SimProcesses,
} from '../../../core/runtime/index.ts';
import { realProcesses } from '../../../core/runtime/real-processes.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

const run = (order: ProcessOrder, options: { limitMs?: number; limitBytes?: number; input?: string } = {}) =>
  runProcess(order, {
    processes: realProcesses(),
    clock: realClock(),
    limitMs: options.limitMs ?? 20_000,
    limitBytes: options.limitBytes ?? 1000,
    ...(options.input === undefined ? {} : { input: Buffer.from(options.input) }),
  });

const refusal = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (fault: CodedError) => fault.code,
  );

test('a program gets its arguments and its input, and gives output and status', async () => {
  const result = await run(
    { program: 'sh', args: ['-c', 'cat; echo "$1" >&2; exit 3', 'sh', 'a b'], folder: tmpdir() },
    { input: 'in' },
  );
  assert.equal(text(result.output), 'in');
  assert.equal(text(result.errorOutput), 'a b\n');
  assert.deepEqual([result.status, result.signal], [3, null]);
});

test('a program gets none of the variables of the server but those that programs need', async () => {
  process.env['CALLBUS_TEST_SECRET'] = 'x';
  const result = await run({
    program: 'sh',
    args: ['-c', 'echo "$CALLBUS_TEST_SECRET.$MORE.$' + '{PATH:+path}"'],
    environment: { MORE: 'y' },
  });
  assert.equal(text(result.output), '.y.path\n');
});

test('what hangs or writes without end is killed, with what it has started', async () => {
  assert.equal(
    await refusal(run({ program: 'sh', args: ['-c', 'sleep 100 & sleep 100'] }, { limitMs: 50 })),
    'process.limit',
  );
  assert.equal(await refusal(run({ program: 'sh', args: ['-c', 'cat /dev/zero & cat /dev/zero'] })), 'process.limit');
});

test('a signal that ends a program is told by its number', async () => {
  assert.equal((await run({ program: 'sh', args: ['-c', 'kill -15 $$'] })).signal, 15);
});

test('a program that is not there, and a name that cannot be one, are refused', async () => {
  assert.equal(await refusal(run({ program: 'callbus-no-such-program' })), 'process.missing');
  assert.equal(await refusal(run({ program: 'sh\0', args: [] })), 'process.failed');
});

test('a program that does not read its input harms nobody', async () => {
  assert.equal((await run({ program: 'true' }, { input: 'x'.repeat(1 << 20) })).status, 0);
});

test('simulated programs answer in simulated time; those that nobody wrote are missing', async () => {
  const clock = new SimClock();
  const processes = new SimProcesses(clock);
  processes.programs.set('upper', (inside) => {
    inside.onInput = (bytes) => inside.output(text(bytes).toUpperCase());
    inside.onInputEnd = () => inside.exit(0);
  });
  processes.programs.set('hangs', () => {});
  const simulated = (program: string, seam: Processes = processes) =>
    runProcess({ program }, { processes: seam, clock, limitMs: 1000, limitBytes: 100, input: Buffer.from('abc') });
  const upper = simulated('upper');
  await clock.advance(0);
  assert.equal(text((await upper).output), 'ABC');
  const hanging = refusal(simulated('hangs'));
  await clock.advance(1000);
  assert.equal(await hanging, 'process.limit');
  const missing = refusal(simulated('nope'));
  await clock.advance(0);
  assert.equal(await missing, 'process.missing');
  assert.equal(processes.running, 0);
});
