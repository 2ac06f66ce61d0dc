/** The sub-command `callbus phone`. The phone itself is loaded only when it is used: the server never does. */
import { asCodedError, type ModuleCommand, realClock, realFiles, realNetwork, realRandom } from '../../core/index.ts';
import { readPhoneOptions } from './options.ts';
import { exitCodeOf, printSummary } from './summary.ts';

const usage = `callbus phone call <uri> [options]     calls, plays, records, hangs up
callbus phone answer [options]         takes calls

A lab phone on the npm package \`sip\`: UDP, IPv4, G.711. On loopback unless told otherwise.

  --play FILE         WAV to speak; silence follows it
  --record FILE       WAV of what was heard, in time from the answer on
  --keys 12#          keys to press one second after the answer; a comma waits a second
  --seconds N         hangs up after N seconds; default: call: when the file ends, or 5;
                      answer: when the caller hangs up
  --from sip:a@b      call: who calls
  --listen-port N     call: our SIP port; default: a free one
  --port N            answer: our SIP port; default and 0: a free one
  --calls N           answer: ends after N calls; default 1
  --address IP        our address; default 127.0.0.1
  --allow-remote      other addresses than loopback may be used

Progress goes to stderr, one line of JSON a call to stdout.
Exit codes: 0 answered, 1 refused or failed, 2 usage.
`;

export const phoneCommand: ModuleCommand = {
  name: 'phone',
  summary: 'A lab phone: calls or answers, plays, records, presses keys.',
  usage,
  async run(args, io) {
    const options = readPhoneOptions(args);
    if ('fault' in options) {
      io.stderr(`callbus phone: ${options.fault}\n`);
      return 2;
    }
    const clock = realClock();
    const seams = { clock, network: realNetwork(clock), random: realRandom(), files: realFiles() };
    try {
      if (options.kind === 'call') {
        const { placeCall } = await import('./place-call.ts');
        const summary = await placeCall(options, seams, io);
        io.stdout(printSummary(summary));
        return exitCodeOf(summary);
      }
      const { answerCalls } = await import('./answer-calls.ts');
      let code = 0;
      let calls = 0;
      await answerCalls(options, seams, io, (summary) => {
        calls++;
        io.stdout(printSummary(summary));
        code = Math.max(code, exitCodeOf(summary));
      });
      return calls === 0 ? 1 : code;
    } catch (fault) {
      io.stderr(`callbus phone: ${asCodedError(fault, 'network.failed').message}\n`);
      return 1;
    }
  },
};
