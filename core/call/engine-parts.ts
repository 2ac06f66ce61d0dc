import type { Bus } from '../di/index.ts';
import type { MediaConfig, MediaPool } from '../media/index.ts';
import type { LogControl, Seams } from '../runtime/index.ts';
import type { SipConfig, SipStack } from '../sip/index.ts';
import type { CallsConfig, DialConfig, RoutingConfig } from './config.ts';
import type { SrtpConfig } from './media-security.ts';

/** What the engine is made from. */
export interface CallEngineParts {
  readonly seams: Seams;
  readonly sip: SipStack;
  readonly media: MediaPool;
  readonly bus: Bus;
  readonly config: {
    readonly calls: CallsConfig;
    readonly dial: DialConfig;
    readonly routing: RoutingConfig;
    readonly media: Pick<MediaConfig, 'address' | 'external' | 'rtpTimeoutMs' | 'symmetricRtp'> &
      SrtpConfig &
      Partial<Pick<MediaConfig, 'codecOrder' | 'rtcpMux' | 'comfortNoise' | 'silenceSuppression' | 'webRtc'>>;
    readonly sip?: Pick<SipConfig, 'listen'> & Partial<Pick<SipConfig, 'trusted'>>;
  };
  readonly logControl: LogControl;
}
