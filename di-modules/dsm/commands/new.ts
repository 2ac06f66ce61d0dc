import { dirname, join } from 'node:path';
import { exitCode, readOptions } from '../../../core/index.ts';
import { nameOf, refuse } from './scripts.ts';
import type { Subcommand } from './subcommand.ts';

const usage = `callbus dsm new FILE [--system]

Begins a script: FILE.dsm, which loads in strict mode, and FILE.yaml, a call for callbus dsm run.

  --system  a script without a call
`;

export const begin: Subcommand = {
  name: 'new',
  summary: 'Begins a script.',
  usage,
  async run(args, io, { files }) {
    const options = readOptions(args, { values: [], flags: ['system'] });
    if ('fault' in options) return refuse(io, 'new', options.fault, usage);
    const [file] = options.rest;
    if (file === undefined || options.rest.length > 1) return refuse(io, 'new', 'name one script', usage);
    const name = nameOf(file);
    if (!/^[\w.-]{1,100}$/.test(name)) return refuse(io, 'new', `${name} is no name of a diagram`, usage);
    const [script, story] = options.flags.has('system') ? [systemScript, systemStory] : [callScript, callStory];
    const texts = [
      [join(dirname(file), `${name}.dsm`), script],
      [join(dirname(file), `${name}.yaml`), story],
    ] as const;
    for (const [path] of texts)
      if ((await files.stat(path)) !== null) {
        io.stderr(`callbus dsm new: ${path} is there already\n`);
        return exitCode.failed;
      }
    for (const [path, text] of texts) {
      await files.write(path, Buffer.from(text.replaceAll('NAME', name)));
      io.stdout(`${path}\n`);
    }
    return exitCode.ok;
  },
};

const callScript = `-- NAME: says that a key was pressed, and ends the call after a while.
-- mode: strict

initial state START;
state MENU
  enter {
    setTimer(1, 30);
  };
state END;

transition "answered" START - sessionStart / playSilence(500) -> MENU;

transition "key" MENU - key(#key < 10) / {
  set($pressed=#key);
  info("key $(pressed)");
} -> MENU;

transition "nobody presses" MENU - timer(#id == 1) / stop(true) -> END;
transition "hung up" (START, MENU) - hangup / stop(false) -> END;
`;

const callStory = `# callbus dsm run NAME.dsm --script NAME.yaml
steps:
  - expect: { state: MENU }
  - press: "5"
  - expect: { variable: { pressed: "5" } }
  - wait: 31
  - expect: { state: END, ended: true }
`;

const systemScript = `-- NAME: counts minutes until it is told to stop. Configuration: run_system_dsms: [NAME]
-- mode: strict

initial state START;
state RUNNING;
state END;

transition "begins" START - startup / {
  registerEventQueue(NAME);
  setTimer(1, 60);
} -> RUNNING;

transition "begins anew" START - reload / {
  set($command=stop);
  postEvent(NAME, command);
  setTimer(2, 1);
} -> START;

transition "the one before is gone" START - timer(#id == 2) / {
  registerEventQueue(NAME);
  setTimer(1, 60);
} -> RUNNING;

transition "minute" RUNNING - timer(#id == 1) / {
  inc($minutes);
  setTimer(1, 60);
} -> RUNNING;

transition "stop" RUNNING - event(#command == stop) / {
  unregisterEventQueue(NAME);
  stop(false);
} -> END;

transition "the server stops" RUNNING - system(#type == ServerShutdown) / info("NAME ran $(minutes) minutes") -> END;
`;

const systemStory = `# callbus dsm run NAME.dsm --script NAME.yaml
config: { run_system_dsms: [NAME], register_apps: [] }
server: { routing: [] }
steps:
  - call: nobody
  - wait: 121
  - expect: { state: RUNNING, variable: { minutes: "2" } }
  - event: { command: stop }
    queue: NAME
  - expect: { state: END }
`;
