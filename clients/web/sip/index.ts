/** The SIP line of this page: one user agent over `/sip` of the server it came from. */
import { createLine } from './line.ts';

export type {
  CallQuality,
  Device,
  Devices,
  DialOptions,
  Ending,
  Line,
  LineState,
  PhoneCall,
  PhoneCallState,
  SipUser,
} from './types.ts';

export const line = createLine();
