import Type from 'typebox';
import type { Call } from '../../core/call/index.ts';
import type { RoomSeat } from '../../core/call/types.ts';
import { defineModule, type ModuleDefinition } from '../../core/module.ts';
import { type World, type WorldOptions, world } from '../support/world.ts';

/** A world whose server serves every call with `serve`; other modules as in `options`. */
export function scripted(
  serve: (call: Call) => void | Promise<void>,
  options: WorldOptions & { readonly resume?: (call: Call, seat: RoomSeat | null) => void } = {},
): Promise<World> {
  const { resume, ...rest } = options;
  const scriptedApp: ModuleDefinition = defineModule({
    name: 'scripted',
    summary: 'Serves calls as the test says.',
    config: Type.Object({}),
    start: (context) => {
      context.registerApplication({
        name: 'scripted',
        onInvite: serve,
        originate: () => {},
        ...(resume === undefined ? {} : { resume }),
      });
    },
  });
  return world({
    ...rest,
    modules: [scriptedApp],
    config: { modules: { scripted: {} }, routing: [{ application: 'scripted' }], ...rest.config },
  });
}
