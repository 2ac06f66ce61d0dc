import { CodedError, type Disposable, type Why } from '../runtime/index.ts';
import type { LayeredCall } from './call.ts';
import type { Call } from './types.ts';

/**
 * Connects the audio of two calls through a private room of two; either's end ends the other. What
 * is queued in a playlist plays first. Undone (the calls go on apart) by the result.
 * @throws CodedError `call.ended`, `call.wrongState`.
 */
export function bridgeCalls(call: LayeredCall, other: Call): Disposable {
  if (other === call) throw new CodedError('call.wrongState', 'a call cannot be bridged to itself');
  const { privateRoom, linked } = call.services;
  const room = privateRoom();
  const seats = [call, other].map((leg) => ({ leg, ...leg.playItem({ kind: 'room', room, listenOnly: false }) }));
  call.session.otherTag = other.tag;
  other.session.otherTag = call.tag;
  linked(call, other);

  let undone = false;
  const end = (ended: Call, rest: Call): void => {
    if (undone) return;
    undone = true;
    const why: Why = { code: 'call.otherLeg', sentence: 'The other leg of the call ended.', cause: ended.tag };
    rest.hangup(why);
  };
  const onEnd: [AbortSignal, () => void][] = [
    [call.signal, () => end(call, other)],
    [other.signal, () => end(other, call)],
  ];
  for (const [signal, listener] of onEnd) {
    if (signal.aborted) listener();
    else signal.addEventListener('abort', listener, { once: true });
  }
  return {
    dispose() {
      if (undone) return;
      undone = true;
      for (const [signal, listener] of onEnd) signal.removeEventListener('abort', listener);
      for (const { leg, item } of seats) {
        leg.session.media?.removeItem(item);
        leg.session.otherTag = null;
      }
    },
  };
}
