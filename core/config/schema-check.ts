/** Checks a whole configuration by its schema, section by section. */
import { Ajv } from 'ajv';
import { isIpAddress, isRecord, type SchemaFault, schemaFaults } from '../runtime/index.ts';
import { surelyFits } from './schema-fits.ts';
import type { Schema } from './schema-tools.ts';

/** Formats that the configuration's schemas use. */
const formats = {
  'ip-address': isIpAddress,
  'listen-address': (text: string): boolean => text === 'localhost' || isIpAddress(text),
};

/** The root and `modules`: what lies below is compiled as one. */
const splitDepth = 2;

/**
 * All faults. Only a section, or a listed module, that has some is compiled, by itself: it takes a server half a
 * second to compile them all, and 10 MB.
 */
export function schemaFaultsOf(schema: Schema, config: unknown): SchemaFault[] {
  if (surelyFits(schema, config, formats)) return [];
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    verbose: true,
    meta: false,
    validateSchema: false,
    logger: false,
    formats,
    // It runs once: to make the code shorter takes longer than to run it.
    code: { optimize: false },
  });
  return faultsAt(ajv, schema, config, splitDepth);
}

function faultsAt(ajv: Ajv, schema: Schema, value: unknown, depth: number): SchemaFault[] {
  if (surelyFits(schema, value, formats)) return [];
  const { properties } = schema;
  const splits = depth > 0 && isRecord(properties) && isRecord(value);
  const own = splits ? withoutMembers(schema, properties) : schema;
  const validate = ajv.compile(own);
  const errors = validate(value) ? [] : (validate.errors ?? []);
  const faults = schemaFaults(
    errors.map((error) => (error.parentSchema === own ? { ...error, parentSchema: schema } : error)),
  );
  if (!splits) return faults;
  for (const [key, member] of Object.entries(properties)) {
    if (!isRecord(member) || !Object.hasOwn(value, key)) continue;
    for (const fault of faultsAt(ajv, member, value[key], depth - 1)) {
      faults.push({ ...fault, path: [key, ...fault.path] });
    }
  }
  return faults;
}

/** The schema of the object itself: its members may be anything. */
function withoutMembers(schema: Schema, properties: Schema): Schema {
  return { ...schema, properties: Object.fromEntries(Object.keys(properties).map((key) => [key, true])) };
}
