/** Python in scripts (reference/dsm 5.11), in a process of its own. */
import { CodedError, type DsmModule, type DsmScript, runProcess } from '../../../../core/index.ts';
import { HostScript } from '../../host/host-script.ts';
import { perServer, serverOf } from '../server.ts';
import { Python, PythonFault, type PythonMode } from './python.ts';

const pythons = perServer(() => new Map<string, Python>());
/** "Module must be preloaded": who lists it in `preload_mods` lets scripts run anything. */
const permission = perServer(() => ({ given: false }));

/** The Python of the script's configuration. */
function pythonOf(script: DsmScript): Python {
  const context = serverOf(script);
  if (!permission(context).given) throw new PythonFault('general', 'mod_py is not listed in preload_mods');
  const configuration = script instanceof HostScript ? script.bundle.name : '';
  const made = pythons(context);
  const known = made.get(configuration);
  if (known !== undefined) return known;
  const python = new Python({ processes: context.processes, clock: context.clock, log: context.log });
  made.set(configuration, python);
  context.stopped.addEventListener('abort', () => python.close(), { once: true });
  return python;
}

async function run(script: DsmScript, mode: PythonMode, code: string): Promise<boolean> {
  try {
    const result = await pythonOf(script).run(script, mode, code);
    if (mode === 'exec' && lastFaults.delete(script)) script.clearError();
    return result;
  } catch (fault) {
    if (!(fault instanceof PythonFault)) throw fault;
    script.log.error('DSM: mod_py', { fault: fault.message });
    lastFaults.add(script);
    script.setError(fault.errno, fault.message);
    return false;
  }
}

/** Scripts whose `$errno` is of this module: only these are cleared, as Python may set it itself. */
const lastFaults = new WeakSet<DsmScript>();

export const py: DsmModule = {
  name: 'mod_py',
  summary: 'Python: code and conditions, with the variables and functions of the script.',
  actions: [
    {
      name: 'py',
      summary: 'Runs Python: session.var(name), session.setvar(name, value), dsm.INFO(text), type, params.',
      form: 'raw',
      parameters: [{ name: 'code', kind: 'L' }],
      errno: ['script', 'general'],
      async run(script, code) {
        await run(script, 'exec', code);
        return undefined;
      },
    },
  ],
  conditions: [
    {
      name: 'py',
      summary: 'True when the Python expression is True.',
      form: 'raw',
      parameters: [{ name: 'expression', kind: 'L' }],
      event: null,
      test: (script, expression) => run(script, 'eval', expression),
    },
  ],
  async preload(_config, context) {
    const { processes, clock } = context;
    const order = { program: 'python3', args: ['-c', 'import json'] };
    const { status } = await runProcess(order, { processes, clock, limitMs: 20_000, limitBytes: 10_000 });
    if (status !== 0) throw new CodedError('process.failed', `mod_py: python3 ended with ${status}`);
    permission(context).given = true;
  },
};
