import { type TSchema, Type } from '../runtime/index.ts';

/**
 * The one schema of the whole configuration from the fragments of the layers (key → schema) and of
 * the modules. Under `modules:` what is listed is loaded; a module with nothing behind its name has
 * its defaults; an unknown name is refused with the list of those that exist.
 */
export function joinSchema({
  fragments,
  modules,
  defaultModules,
  planned = { sections: {}, modules: [] },
}: {
  readonly fragments: { readonly [key: string]: TSchema };
  readonly modules: { readonly [name: string]: TSchema };
  /** Loaded when `modules:` is not given. */
  readonly defaultModules: readonly string[];
  /** Known names that this version does not have: sections with what they are, and modules. */
  readonly planned?: { readonly sections: { readonly [key: string]: string }; readonly modules: readonly string[] };
}): TSchema {
  const members = [
    ...planned.modules.map((name) => [name, notBuilt(true)]),
    ...Object.entries(modules).map(([name, schema]) => [name, moduleSchema(schema)]),
  ];
  const sections = Object.entries(planned.sections).map(([key, what]) => [key, notBuilt(what)]);
  return Type.Object(
    {
      ...fragments,
      ...Object.fromEntries(sections),
      modules: Type.Object(Object.fromEntries(members), {
        additionalProperties: false,
        default: Object.fromEntries(defaultModules.map((name) => [name, {}])),
        description: 'What is listed is loaded, in this order; the keys of a module are its own.',
      }),
    },
    { additionalProperties: false, default: {} },
  );
}

const notBuilt = (what: string | true): TSchema => Type.Optional(Type.Unsafe<unknown>({ 'x-not-built': what }));

/** Without its default, or every module would be listed. */
function moduleSchema(schema: TSchema): TSchema {
  const { default: _unused, ...rest } = schema as TSchema & { readonly default?: unknown };
  return Type.Optional(Type.Unsafe<unknown>({ type: 'object', ...rest }));
}
