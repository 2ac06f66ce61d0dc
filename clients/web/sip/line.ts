/** The telephone line of this page: one user agent, one call at a time. */
import { effect, signal } from '@preact/signals';
import { Speaker } from './audio.ts';
import { createDevices } from './devices.ts';
import { checkMicrophone } from './microphone-check.ts';
import { type OwnCall, startPhoneCall } from './phone-call.ts';
import type { Line, LineState, SipUser } from './types.ts';
import { startUserAgent } from './user-agent.ts';

/** A call waits so long for the WebSocket, ms. */
const readyMs = 8000;

export function createLine(): Line {
  const state = signal<LineState>('connecting');
  const user = signal<SipUser | null>(null);
  const call = signal<OwnCall | null>(null);
  const devices = createDevices();
  const speaker = new Speaker();
  let agent = startUserAgent(null, state);

  // A new WebSocket is a new address: the server is told within the call.
  let wasOffline = false;
  effect(() => {
    if (state.value === 'offline') wasOffline = true;
    else if (state.value === 'ready' && wasOffline) {
      wasOffline = false;
      call.peek()?.onLineBack();
    }
  });
  let chosen = devices.microphone.peek();
  effect(() => {
    const microphone = devices.microphone.value;
    if (microphone !== chosen)
      void call
        .peek()
        ?.changeMicrophone()
        .catch(() => {}); // the old one goes on
    chosen = microphone;
  });
  effect(() => void speaker.use(devices.speaker.value));
  // Whoever closes the page hangs up.
  addEventListener('pagehide', () => {
    if (call.peek()?.state.peek() !== 'ended') call.peek()?.hangUp();
  });

  return {
    state,
    user,
    call,
    devices,
    dial(target, options = {}) {
      call.peek()?.hangUp();
      const made = startPhoneCall(target, {
        ...options,
        devices,
        speaker,
        onceOnline: (run) => agent.onceConnected(run),
        agent: async () => ((await agent.ready(readyMs)) ? agent.ua : null),
      });
      call.value = made;
      return made;
    },
    checkMicrophone: (level) => checkMicrophone(devices, level),
    signIn(next) {
      call.peek()?.hangUp();
      agent.stop();
      user.value = next;
      agent = startUserAgent(next, state);
    },
  };
}
