/** mod_py with a real python3 (reference/dsm 5.11). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realClock, SimClock, type SimProcess, SimProcesses } from '../../../../../core/index.ts';
import { realProcesses } from '../../../../../core/runtime/real-processes.ts';
import { py } from '../../../../../di-modules/dsm/mods/py/index.ts';
import { findProgram } from '../../../../support/peers.ts';
import { modServer, modSession } from './mod-session.ts';

const skip = findProgram('python3') === null ? 'not installed: python3' : false;

test('Python has the variables, the event and names of its own for each script {dsm-modules}', { skip }, async () => {
  const stop = new AbortController();
  const server = modServer({ processes: realProcesses(), clock: realClock(), stopped: stop.signal });
  await py.preload?.({}, server.context);
  const first = modSession([py], server, { variables: { a: '1' } });
  const second = modSession([py], server);
  const run = async (list: string, parameters?: Record<string, string>): Promise<void> => {
    assert.equal(await first.run(list, parameters ?? null), '');
  };
  await run("py(session.setvar('b', session.var('a') + 'x'); kept = 5);");
  assert.equal(first.get('b'), '1x', first.get('strerror'));
  await run("py(session.setvar('k', kept); session.setvar('u', session.select('user')));");
  assert.deepEqual([first.get('k'), first.get('u')], ['5', 'alice']);
  await run("py(session.setvar('t', type == dsm.DSMEvent and params['id'] == '7'));", { id: '7' });
  assert.equal(first.get('t'), 'true');
  await run('if py(kept == 5) { set($r=yes); } if py(kept) { set($s=yes); }');
  assert.deepEqual([first.get('r'), first.get('s')], ['yes', '']);
  await second.run('py(kept);');
  assert.equal(second.get('errno'), 'script');
  assert.match(second.get('strerror'), /NameError/);
  await run("py(print('to the log'); dsm.INFO('hello\\n'));");
  assert.ok(server.lines.some(({ level, message }) => level === 'info' && message === 'DSM: hello'));
  await run(
    "py(#\ntry:\n  session.playFile('nope.wav')\nexcept RuntimeError as e:\n  session.setvar('e', e.message)\n);",
  );
  assert.equal(first.get('e'), 'core');
  await run('py(import os; os._exit(3));');
  assert.deepEqual([first.get('errno'), first.get('strerror')], ['general', 'Python: it ended (status 3)']);
  await run("py(session.setvar('b', 'again'));");
  assert.deepEqual([first.get('b'), first.get('errno')], ['again', '']);
  await first.script.end();
  await second.script.end();
  stop.abort();
});

/** A Python whose answers the test writes. */
async function simulated(answer: (order: { readonly [key: string]: unknown }, process: SimProcess) => void) {
  const clock = new SimClock();
  const processes = new SimProcesses(clock);
  processes.programs.set('python3', (process) => {
    if (process.order.args?.[0] === '-c') process.exit(0);
    process.onInput = (bytes) => answer(JSON.parse(Buffer.from(bytes).toString('utf8')), process);
  });
  const server = modServer({ clock, processes });
  const preloading = py.preload?.({}, server.context);
  await clock.advance(0);
  await preloading;
  processes.started.length = 0;
  return { clock, processes, server };
}

for (const [what, write, reason] of [
  ['hangs', '', /longer than 5000 ms/],
  ['writes nonsense', 'what?\n', /no message/],
  ['writes without end', 'x'.repeat((8 << 20) + 1), /line without end/],
] as const)
  test(`Python that ${what} is killed, the script gets an error, the next one works {dsm-modules}`, async () => {
    let count = 0;
    const { clock, processes, server } = await simulated((_order, process) => {
      if (++count === 1) process.output(write);
      else process.output('{"done": true}\n');
    });
    const { run, get } = modSession([py], server);
    const first = run('py(a);');
    await clock.advance(6000);
    await first;
    assert.equal(get('errno'), 'general');
    assert.match(get('strerror'), reason);
    assert.equal(processes.running, 0);
    const second = run('py(a);');
    await clock.advance(0);
    await second;
    assert.equal(get('errno'), '');
    assert.equal(processes.started.length, 2);
  });

test('functions that are not of the session are refused {dsm-modules}', async () => {
  const answers: unknown[] = [];
  const { clock, server } = await simulated((order, process) => {
    if ('run' in order) process.output('{"call": "constructor", "args": []}\n');
    else {
      answers.push(order);
      process.output('{"done": false}\n');
    }
  });
  const { run } = modSession([py], server);
  const running = run('py(a);');
  await clock.advance(0);
  await running;
  assert.deepEqual(answers, [{ error: 'internal' }]);
});

test('a server without Python does not start with mod_py {dsm-modules}', async () => {
  const clock = new SimClock();
  const { context } = modServer({ clock, processes: new SimProcesses(clock) });
  const loading = assert.rejects(async () => py.preload?.({}, context), /not installed: python3/);
  await clock.advance(0);
  await loading;
});

test('Python runs only where mod_py is preloaded {dsm-modules}', async () => {
  const { run, get } = modSession([py], modServer());
  await run('py(a);');
  assert.deepEqual([get('errno'), get('strerror')], ['general', 'mod_py is not listed in preload_mods']);
});
