import { useState } from 'preact/hooks';
import { bus, type JsonObject, type JsonValue, sentenceOf } from '../../bus/index.ts';
import { Lines } from '../../lines/index.tsx';
import { Button, Card, nowMs, toast } from '../../shell/index.ts';
import type { BusFunction } from '../forms/catalogue.ts';
import { type Draft, draftOf, emptyDraft, structOutcome } from '../forms/draft.ts';
import { MembersInput } from './members-input.tsx';
import { ResultView } from './result-view.tsx';

type Drafts = { readonly [name: string]: Draft };

interface Done {
  readonly result: JsonValue | undefined;
  readonly fault: string;
  readonly ms: number;
}

/** A form for a function, made from its schema; the lines of a program change as one types. */
export function FunctionForm({ of: fn }: { readonly of: BusFunction }) {
  const [drafts, setDrafts] = useState<Drafts>(() => untouched(fn));
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState<Done | null>(null);
  const outcome = structOutcome(fn.params, drafts);
  const may = bus.may(fn.scope);
  const params = outcome.fault === null && isObject(outcome.value) ? outcome.value : null;

  const call = async (): Promise<void> => {
    setTried(true);
    if (params === null || busy) return;
    setBusy(true);
    const startMs = nowMs();
    try {
      setDone({ result: await bus.call(fn.name, params), fault: '', ms: nowMs() - startMs });
    } catch (fault) {
      setDone({ result: undefined, fault: sentenceOf(fault), ms: nowMs() - startMs });
    } finally {
      setBusy(false);
    }
  };

  return (
    <div class="function-page">
      <Card class="function-form">
        <p class="crumbs">
          <a href="/operator/functions">Functions</a> / <a href={`/operator/functions/${fn.module}`}>{fn.module}</a>
        </p>
        <h2 class="function-name">{fn.name}</h2>
        <p>{fn.summary}</p>
        {fn.description === '' ? null : <p class="hint">{fn.description}</p>}
        {fn.deprecated === '' ? null : <p class="notice">Deprecated: {fn.deprecated}</p>}
        <form
          class="stack"
          noValidate
          aria-label={`Arguments of ${fn.name}`}
          onSubmit={(event) => {
            event.preventDefault();
            void call();
          }}
        >
          {fn.params.length === 0 ? <p class="hint">It takes no arguments.</p> : null}
          <MembersInput members={fn.params} drafts={drafts} fault={tried ? outcome.fault : null} onChange={setDrafts} />
          <div class="actions">
            {may ? (
              <Button kind="primary" type="submit" disabled={busy}>
                {busy ? 'Calling…' : 'Call it'}
              </Button>
            ) : (
              <p class="hint">
                You may not call it: it needs <code>{fn.scope}</code>.
              </p>
            )}
            {Object.keys(fn.example).length === 0 ? null : (
              <Button
                onClick={() => {
                  setDrafts(exampleDrafts(fn));
                  toast('The example of the reference, without its secrets.');
                }}
              >
                Fill in the example
              </Button>
            )}
            {fn.params.length === 0 ? null : (
              <Button kind="plain" onClick={() => setDrafts(untouched(fn))}>
                Clear
              </Button>
            )}
            <code class="scope">{fn.scope}</code>
          </div>
        </form>
      </Card>
      <div class="stack">
        <Lines
          method={fn.name}
          params={params ?? soFar(fn, drafts)}
          {...(fn.byPosition ? { order: fn.params.map(({ name }) => name) } : {})}
          secrets={fn.secrets}
        />
        {params === null && tried ? (
          <p class="hint">What is not filled in yet is missing in these lines, too.</p>
        ) : null}
        {done === null ? null : <ResultView {...done} />}
      </div>
    </div>
  );
}

const untouched = (fn: BusFunction): Drafts =>
  Object.fromEntries(fn.params.flatMap(({ name, required, field }) => (required ? [[name, emptyDraft(field)]] : [])));

function exampleDrafts(fn: BusFunction): Drafts {
  return Object.fromEntries(
    fn.params.flatMap(({ name, required, field }): [string, Draft][] => {
      const value = fn.example[name];
      if (value !== undefined) return [[name, draftOf(field, value)]];
      return required ? [[name, emptyDraft(field)]] : [];
    }),
  );
}

/** What fits already. */
function soFar(fn: BusFunction, drafts: Drafts): JsonObject {
  const good = fn.params.flatMap((param): [string, JsonValue][] => {
    const draft = drafts[param.name];
    const outcome = draft === undefined ? null : structOutcome([param], { [param.name]: draft });
    if (outcome === null || outcome.fault !== null || !isObject(outcome.value)) return [];
    return Object.entries(outcome.value);
  });
  return Object.fromEntries(good);
}

const isObject = (value: JsonValue): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
