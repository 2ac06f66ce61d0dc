import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attributes, Shapes } from '../../../../di-modules/monitoring/attributes.ts';

test('{monitoring} attributes keep the order in which their names were first written', () => {
  const attributes = new Attributes(new Shapes());
  attributes.set('app', 'echo');
  attributes.set('dir', 'in');
  attributes.set('app', 'conference');
  assert.deepEqual(
    [...attributes],
    [
      ['app', 'conference'],
      ['dir', 'in'],
    ],
  );
  assert.equal(attributes.get('to'), undefined);
  assert.equal(attributes.has('dir'), true);
});

test('{monitoring} records of one shape do not share their values', () => {
  const shapes = new Shapes();
  const [a, b] = [new Attributes(shapes), new Attributes(shapes)];
  assert.equal(
    a.fill([
      ['app', 'echo'],
      ['dir', 'in'],
    ]),
    true,
  );
  b.set('app', 'conference');
  b.set('dir', null);
  assert.deepEqual(
    [...a],
    [
      ['app', 'echo'],
      ['dir', 'in'],
    ],
  );
  assert.deepEqual(
    [...b],
    [
      ['app', 'conference'],
      ['dir', null],
    ],
  );
});

test('{monitoring} a repeated name, or a record that has attributes, is not filled at once', () => {
  const attributes = new Attributes(new Shapes());
  assert.equal(
    attributes.fill([
      ['app', 'echo'],
      ['app', 'conference'],
    ]),
    false,
  );
  assert.equal(attributes.size, 0);
  attributes.set('app', 'echo');
  assert.equal(attributes.fill([['dir', 'in']]), false);
});

test('{monitoring} many attributes, long names and names without end are kept as well', () => {
  const shapes = new Shapes();
  const many = new Attributes(shapes);
  for (let n = 0; n < 40; n++) many.set(`name ${n}`, n);
  assert.deepEqual(
    [...many],
    Array.from({ length: 40 }, (_, n) => [`name ${n}`, n]),
  );
  const long = new Attributes(shapes);
  long.set('n'.repeat(1000), 1);
  long.set('__proto__', 2);
  assert.equal(long.get('n'.repeat(1000)), 1);
  assert.equal(long.get('__proto__'), 2);
  for (let n = 0; n < 3000; n++) {
    const one = new Attributes(shapes);
    one.set(`of its own ${n}`, n);
    one.set('app', 'echo');
    assert.deepEqual(
      [...one],
      [
        [`of its own ${n}`, n],
        ['app', 'echo'],
      ],
    );
  }
});

test('{monitoring} a store that is cleared forgets shapes, and records that are held go on', () => {
  const shapes = new Shapes();
  const held = new Attributes(shapes);
  held.set('app', 'echo');
  shapes.clear();
  held.set('dir', 'in');
  assert.deepEqual(
    [...held],
    [
      ['app', 'echo'],
      ['dir', 'in'],
    ],
  );
});
