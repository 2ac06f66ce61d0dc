import { isRecord } from '../runtime/index.ts';
import { type RemoteDefinition, type RemoteWork, remoteCommand } from './remote/command.ts';
import { CommandFault, wrongUsage } from './remote/fault.ts';
import { cell, safeText, valueText } from './remote/print.ts';

const usage = `callbus log CALL [--sip]

Tells the story of one call, a line for each decision, while the server keeps it (log.stories). CALL is its tag or
its SIP Call-ID.

  --sip            also its SIP messages as a ladder, while they are kept (sip.trace)
`;

export const logDefinition: RemoteDefinition = {
  name: 'log',
  summary: "Tells one call's story, a line for each decision; --sip with its SIP messages.",
  usage,
  flags: ['sip'],
  async run(work) {
    const { server, words, flags, asJson, stdout, stderr } = work;
    const [call, more] = words;
    if (call === undefined || more !== undefined)
      throw wrongUsage('say which call, by its tag or Call-ID', 'callbus calls lists those that live.');
    const story = await server.call('log.story', [call]);
    // The messages may be gone, or not to be seen, while the story is there.
    const ladder = flags.has('sip') ? await server.call('trace.ladder', [call]).catch(toldFault) : null;
    if (asJson) {
      const messages = flags.has('sip') ? await server.call('trace.call', [call]).catch(() => null) : undefined;
      stdout(`${JSON.stringify({ story, ...(messages === undefined ? {} : { sip: messages }) })}\n`);
      return;
    }
    const lines = Array.isArray(story) ? story.filter(isRecord) : [];
    for (const line of lines) stdout(storyLine(line, work));
    if (ladder instanceof CommandFault) stderr(`callbus log: no SIP messages: ${ladder.message}\n${ladder.next}\n`);
    else if (ladder !== null) stdout(`\n${valueText(ladder)}`);
  },
};

export const log = remoteCommand(logDefinition);

function toldFault(fault: unknown): CommandFault {
  if (fault instanceof CommandFault) return fault;
  throw fault;
}

/** `12:30:05.123  +0.000  the decision  member=value`. */
function storyLine(
  { at, afterMs, level, text, fields }: { readonly [member: string]: unknown },
  work: RemoteWork,
): string {
  const { paint } = work;
  const seconds = typeof afterMs === 'number' ? `+${(afterMs / 1000).toFixed(3)}`.padStart(9) : '';
  const members = isRecord(fields) ? Object.entries(fields) : [];
  const told = members.map(([name, value]) => `${paint.dim(`${safeText(name)}=`)}${cell(value)}`);
  const sentence = safeText(String(text));
  const painted = level === 'error' ? paint.bad(sentence) : level === 'warn' ? paint.notice(sentence) : sentence;
  return `${[paint.dim(String(at).slice(11, 23)), paint.dim(seconds), painted, ...told].join('  ').trimEnd()}\n`;
}
