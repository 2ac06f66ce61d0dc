import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Diagram, printDiagram, readDiagram } from '../../../../../di-modules/dsm/language/index.ts';
import { withoutPlaces } from './places.ts';
import { vocabulary } from './vocabulary.ts';

async function read(text: string): Promise<Diagram> {
  const { diagram, faults } = await readDiagram({ name: 'main', text, vocabulary, mode: 'sems' });
  assert.ok(diagram !== null, `${JSON.stringify(faults)}\n${text}`);
  return diagram;
}

const ugly = `-- What this is.
# Another line.

import( mod_dlg )


function  f(a) {set($x=1)
   -- not this
};

initial state A
enter{set($x=1) log(1,"a  b");

-- before the if
if [ not test($x == 1);key ] { mute
-- kept
} else if test() { stop; } } for ($i in range( 0 , 3)) { inc($i) } }
exit { f(a b); };
state "my room"; state B;
transition one A - start -> B;
transition two (A,my room) -[ key( #key<10 ) ; test() ]-> B / { stop(true) };
transition three B - exception / log(1,x) stop(true) -> A;
-- the end
`;

const neat = `-- What this is.
# Another line.

import(mod_dlg);

function f(a) {
  set($x=1);
  -- not this
};

initial state A
  enter {
    set($x=1);
    log(1,"a  b");

    -- before the if
    if not test($x == 1); key {
      mute();
      -- kept
    } else {
      if test() {
        stop();
      }
    }
    for ($i in range(3)) {
      inc($i);
    }
  }
  exit {
    f(a b);
  };
state "my room";
state B;
transition "one" A - start -> B;
transition "two" (A, my room) - key( #key<10 ); test() / stop(true) -> B;
transition "three" B - exception / {
  log(1,x);
  stop(true);
} -> A;
-- the end
`;

test('a script is written in one way {dsm-tools}', async () => {
  assert.equal(printDiagram(await read(ugly)), neat);
});

test('what was written is read as the same diagram, and written the same again {dsm-tools}', async () => {
  const scripts = [ugly, ...conformance()];
  for (const text of scripts) {
    const result = await readDiagram({ name: 'main', text, vocabulary, mode: 'sems' });
    if (result.diagram === null) continue;
    const printed = printDiagram(result.diagram);
    const again = await read(printed);
    assert.deepEqual(withoutPlaces(again), withoutPlaces(result.diagram), printed);
    assert.equal(printDiagram(again), printed);
    // No comment is lost.
    const comments = text.split('\n').flatMap((line) => /^\s*(--.*?|#.*?)\s*$/.exec(line)?.[1] ?? []);
    for (const comment of comments) assert.ok(printed.includes(comment), comment);
  }
});

test('an include stays a line, what it includes is not written {dsm-tools}', async () => {
  const text = '-- one\n#include "part.dsm"\n-- two\nstate A;\n';
  const files = { readText: async () => '-- theirs\nstate P;', list: async () => null };
  const { diagram } = await readDiagram({ name: 'main', text, vocabulary, mode: 'strict', files });
  assert.ok(diagram !== null);
  assert.deepEqual(
    diagram.states.map(({ name }) => name),
    ['P', 'A'],
  );
  assert.equal(printDiagram(diagram), text);
});

/** Scripts of the conformance data, where it is there. */
function conformance(): string[] {
  const folder = process.env['CALLBUS_CONFORMANCE'];
  if (folder === undefined) return [];
  return readdirSync(join(folder, 'dsm'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.dsm'))
    .map((name) => readFileSync(join(folder, 'dsm', name), 'utf8'));
}
