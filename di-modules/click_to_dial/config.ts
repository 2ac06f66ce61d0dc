import { type Static, Type } from '../../core/index.ts';

/** `modules.click_to_dial`. */
export const ClickToDialConfigSchema = Type.Object(
  {
    from: Type.String({
      default: '',
      description: 'From of both legs where the order names none; empty: each is shown the other party.',
    }),
    timeoutS: Type.Integer({
      minimum: 1,
      maximum: 600,
      default: 30,
      description: 'How long each party may ring, seconds, where the order does not say.',
    }),
    maxDurationS: Type.Integer({
      minimum: 0,
      maximum: 2_000_000,
      default: 0,
      description: 'Longest conversation, seconds, also for orders that ask for more; 0: no limit.',
    }),
    playPath: Type.String({
      default: '',
      description: 'Folder of the prompts that orders name; empty: the folder click_to_dial in storage.path.',
    }),
    ringTone: Type.Object(
      {
        frequenciesHz: Type.Array(Type.Integer({ minimum: 100, maximum: 3400 }), {
          minItems: 1,
          maxItems: 2,
          default: [425],
        }),
        onMs: Type.Integer({ minimum: 100, maximum: 10_000, default: 1000 }),
        offMs: Type.Integer({ minimum: 0, maximum: 10_000, default: 4000 }),
      },
      { additionalProperties: false, default: {}, description: 'What A hears while B rings; default: as in Europe.' },
    ),
    maxDials: Type.Integer({ minimum: 1, maximum: 100_000, default: 1000, description: 'Dials at once.' }),
    keepS: Type.Integer({
      minimum: 1,
      maximum: 604_800,
      default: 3600,
      description: 'How long the outcome of a dial and its idempotency key are remembered, seconds.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'Connects two parties, or one with an application.' },
);
export type ClickToDialConfig = Static<typeof ClickToDialConfigSchema>;
