import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { surelyFits } from '../../../core/config/schema-fits.ts';
import { isRecord, SimRandom } from '../../../core/runtime/index.ts';
import { load, wholeSchema } from './whole-schema.ts';

const formats = { 'ip-address': () => true, 'listen-address': (text: string): boolean => text.length > 3 };

test('the quick look says of every spoiled configuration what the compiled schema says {configuration}', () => {
  const compiled = new Ajv({ strict: false, meta: false, validateSchema: false, formats }).compile(wholeSchema);
  const random = new SimRandom(7);
  const others = [null, true, 0, -1, 1.5, 70_000, '', 'x', 'sip:a@b', '1h', [], [null], [1, 2, 3], {}, { x: 1 }];
  const any = <T>(list: readonly T[]): T | undefined => list[random.integer(list.length)];
  const start: unknown = load();
  let good = 0;
  for (let round = 0; round < 3000; round++) {
    const config: unknown = structuredClone(start);
    let place = config;
    for (;;) {
      const holder: unknown = place;
      if (typeof holder !== 'object' || holder === null) break;
      const key = any([...Object.keys(holder), ...(Array.isArray(holder) ? [] : ['unknown'])]) ?? '0';
      const inner: unknown = Reflect.get(holder, key);
      if (typeof inner === 'object' && inner !== null && random.integer(4) > 0) {
        place = inner;
        continue;
      }
      if (random.integer(5) === 0 && isRecord(holder)) Reflect.deleteProperty(holder, key);
      else Reflect.set(holder, key, any(others));
      break;
    }
    const fits = compiled(config);
    assert.equal(surelyFits(wholeSchema, config, formats), fits, JSON.stringify(compiled.errors));
    if (fits) good++;
  }
  assert.ok(good > 100 && good < 2900, `${good} were good`);
});

test('what it does not know it does not call good', () => {
  assert.equal(surelyFits({ type: 'string', format: 'ip-address' }, 'x', formats), true);
  assert.equal(surelyFits({ type: 'string', format: 'date' }, 'x', formats), false);
  assert.equal(surelyFits({ type: 'number', multipleOf: 2 }, 4, formats), false);
  assert.equal(surelyFits({ type: 'string', 'x-secret': true, maxLength: 1 }, '\u{1f600}', formats), true);
  assert.equal(surelyFits({ const: { a: 1 } }, { a: 1 }, formats), false);
  assert.equal(surelyFits({ enum: ['a', 'b'] }, 'b', formats), true);
  assert.equal(surelyFits(false, 1, formats), false);
});
