/** The `rpc.events` part of the configuration: which events are kept for those who were away. */
import { Type } from '../core/runtime/index.ts';

const Filters = (defaults: readonly string[], description: string) =>
  Type.Array(Type.String({ pattern: '^(\\*|[A-Za-z]\\w*(\\.\\w+)*(\\.\\*)?)$' }), {
    maxItems: 100,
    default: [...defaults],
    description,
  });

export const EventsConfigSchema = Type.Object(
  {
    keep: Type.Integer({
      minimum: 0,
      maximum: 100_000_000,
      default: 1_000_000,
      description: 'Events kept in the storage, about 500 bytes each; 0: only the newest, in memory.',
    }),
    keepHours: Type.Integer({ minimum: 1, maximum: 8760, default: 72, description: 'Older ones are dropped.' }),
    except: Filters(
      [
        'billing.live',
        'call.quality',
        'conference.speaking',
        'dsm.state',
        'dtmf',
        'jsonrpc.*',
        'webconference.speaking',
      ],
      'Pushed, but not kept: names, prefix.* or *. By default what comes very often, keys (they may be digits of a PIN) and what other servers answered.',
    ),
    durableFirst: Filters(
      ['call.ended'],
      'Pushed to WebSockets, netstrings and webhooks when they are on disk, and not before.',
    ),
  },
  { additionalProperties: false, default: {} },
);
