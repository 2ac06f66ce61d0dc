import { type Static, Type } from '../../core/index.ts';

/** `modules.stats`: SEMS's keys (`stats.conf`), and who may ask. */
export const StatsConfigSchema = Type.Object(
  {
    monit_udp_ip: Type.String({
      default: '127.0.0.1',
      minLength: 1,
      description: 'IP address to listen on. One that other machines reach needs sources.',
    }),
    monit_udp_port: Type.Integer({ minimum: 0, maximum: 65535, default: 5040, description: 'UDP port; 0: 5040.' }),
    sources: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description: 'IP addresses that may ask; empty: loopback. UDP has no credentials, and senders can be forged.',
    }),
    scopes: Type.Array(Type.String(), {
      default: ['operator'],
      description: 'What a command may do: roles or scopes, as those of a token.',
    }),
    commands_per_second: Type.Integer({ minimum: 1, default: 200, description: 'More are dropped.' }),
  },
  { additionalProperties: false, default: {}, description: 'Figures and commands over UDP.' },
);
export type StatsConfig = Static<typeof StatsConfigSchema>;
