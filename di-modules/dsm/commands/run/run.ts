/** `callbus dsm run`: a call in simulated time, for authors of scripts. */
import { CodedError, exitCode, readOptions } from '../../../../core/index.ts';
import { faultLine, modeOf, readScript, refuse } from '../scripts.ts';
import type { Subcommand } from '../subcommand.ts';
import { Places, Player, type StepResult } from './play.ts';
import { setStage } from './stage.ts';
import { type Deed, readStory } from './story.ts';

const usage = `callbus dsm run FILE --script CALLS.YAML [--json] [--quiet]

Runs a script with a whole server and phones in simulated time: a call of an hour takes a moment, files that the
script writes stay in memory, nothing is sent anywhere. Prints each event with what the script did, and each step.
Exit code: 0 all came true, 1 not, 2 what was given cannot be read.

  --script FILE  what the phones do and what shall become of it (below)
  --json         one JSON object a line
  --quiet        only what did not come true

  config: { load_prompts: [prompts.conf] }     keys of modules.dsm
  phones: { bob: { host: gw.example, answers: 2 } }   whom the script may call: answers after 2 s, or rejects: 486
  steps:                                        without a call among them the caller calls first
    - call: { to: "4711", headers: { P-App-Param: "pin=1" } }
    - expect: { state: MENU, heard: menu.wav, variable: { tries: "0" }, within: 5 }
    - press: "12#"                              keys; after: 2 or at: 10 (seconds) with any step
    - say: 440 Hz                               or a file, or silence
    - event: { action: take }                   dsm.postDSMEvent; queue: NAME for another than the newest script
    - answer: true                              a call that came; phone: bob with any step
    - wait: 3
    - hangup: true
    - expect: { ended: true }                   or the status of a refusal
`;

export const run: Subcommand = {
  name: 'run',
  summary: 'Runs a script with calls in simulated time.',
  usage,
  async run(args, io, parts) {
    const options = readOptions(args, { values: ['script', 'mode'], flags: ['json', 'quiet'] });
    if ('fault' in options) return refuse(io, 'run', options.fault, usage);
    const { values, flags, rest } = options;
    const [file] = rest;
    const storyFile = values.get('script');
    const mode = modeOf(values.get('mode') ?? 'sems');
    if (file === undefined || rest.length > 1) return refuse(io, 'run', 'name one script', usage);
    if (storyFile === undefined) return refuse(io, 'run', '--script names the file that tells what happens', usage);
    if (mode === null) return refuse(io, 'run', '--mode is strict or sems', usage);
    if (io.simulate === undefined) return refuse(io, 'run', 'there is no simulation here', usage);
    const script = await readScript(file, { mode }, parts);
    for (const fault of script.faults) if (fault.severity === 'error') io.stderr(faultLine(fault));
    if (script.diagram === null) return exitCode.usage;
    try {
      const story = readStory(Buffer.from(await parts.files.read(storyFile)).toString('utf8'), storyFile);
      const places = new Places();
      const [isJson, isQuiet] = [flags.has('json'), flags.has('quiet')];
      let [steps, failed] = [0, 0];
      let startMs: number | null = null;
      const tell = (atMs: number, kind: string, text: string, more: object = {}): void => {
        if (isJson) io.stdout(`${JSON.stringify({ at: Math.round(atMs) / 1000, kind, text, ...more })}\n`);
        else io.stdout(`${(atMs / 1000).toFixed(2).padStart(8)}  ${text}\n`);
      };
      const stage = await setStage({
        file,
        storyFile,
        story,
        parts,
        simulate: io.simulate,
        onEvent(event, atMs) {
          startMs ??= atMs;
          places.note(event);
          if (event.name !== 'dsm.trace' || isQuiet) return;
          const { call, line } = event.payload as { readonly call: string; readonly line: string };
          tell(atMs - startMs, 'trace', line, { call });
        },
        onLog: (text) => io.stderr(`${text}\n`),
      });
      startMs = stage.server.clock.nowMs();
      const report = ({ step, atMs, fault }: StepResult): void => {
        steps++;
        if (fault !== null) failed++;
        const said = `${fault === null ? 'ok  ' : 'NOT '} ${storyFile}:${step.line}: ${deedText(step.deed)}`;
        if (fault !== null || !isQuiet)
          tell(atMs, 'step', `${said}${fault === null ? '' : `: ${fault}`}`, { ok: fault === null });
      };
      try {
        await new Player(stage, places).play(story, report);
      } finally {
        await stage.close();
      }
      const summary = `${steps} of ${story.steps.length} steps, ${failed === 0 ? 'all came true' : 'the last did not come true'}`;
      if (isJson) io.stdout(`${JSON.stringify({ kind: 'end', steps, of: story.steps.length, ok: failed === 0 })}\n`);
      else io.stdout(`${summary}\n`);
      return failed === 0 ? exitCode.ok : exitCode.failed;
    } catch (fault) {
      if (!(fault instanceof CodedError)) throw fault;
      io.stderr(`callbus dsm run: ${fault.message}\n`);
      return exitCode.usage;
    }
  },
};

function deedText(deed: Deed): string {
  if (deed.kind !== 'expect') {
    const { kind, ...what } = deed;
    const values = Object.values(what).map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
    return [kind, ...values].join(' ');
  }
  const { withinS: _within, variables, ...expected } = deed.expectation;
  const wanted = Object.entries(expected).filter(([, value]) => value !== null && value !== false);
  const named = wanted.map(([name, value]) => `${name} ${value}`);
  return ['expect', ...named, ...Object.entries(variables).map(([name, value]) => `$${name}=${value}`)].join(' ');
}
