/** What an INVITE of ours has before it is sent: no flow, and possibly parties that nobody can read. */
import type { Flow, NameAddress } from './types.ts';

/** Stands for a From or To that is malformed: the call fails with 478. */
export const nobody: NameAddress = {
  displayName: null,
  uri: {
    scheme: 'sip',
    user: null,
    password: null,
    host: 'invalid',
    port: null,
    parameters: new Map(),
    headers: new Map(),
  },
  uriText: 'sip:invalid',
  parameters: new Map(),
};

/** The flow of an INVITE whose target is not resolved yet. */
export const unsentFlow: Flow = {
  transport: 'udp',
  local: { address: '', port: 0 },
  remote: { address: '', port: 0 },
  connectionId: 0,
  trusted: false,
};
