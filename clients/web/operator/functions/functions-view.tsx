import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { bus } from '../../bus/index.ts';
import { Card, Field, Switch } from '../../shell/index.ts';
import type { BusFunction } from '../forms/catalogue.ts';
import { countText } from '../text.ts';
import { catalogue, catalogueFault, watchCatalogue } from './catalogue-store.ts';
import { FunctionForm } from './function-form.tsx';

const text = signal('');
const all = signal(false);

/** Every function of the bus. `name`: `module.function` shows its form, a module's name its functions. */
export function FunctionsView({ name }: { readonly name: string }) {
  useEffect(watchCatalogue, []);
  const known = catalogue.value;
  if (known === null)
    return (
      <Card>
        {catalogueFault.value === '' ? (
          <p class="empty">Asking the server…</p>
        ) : (
          <p class="notice bad">{catalogueFault.value}</p>
        )}
      </Card>
    );
  const chosen = known.functions.find((each) => each.name === name);
  if (chosen !== undefined) return <FunctionForm key={chosen.name} of={chosen} />;
  const shown = known.functions.filter(
    (each) =>
      (name === '' || each.module === name) &&
      (all.value || bus.may(each.scope)) &&
      `${each.name} ${each.summary}`.toLowerCase().includes(text.value.toLowerCase()),
  );
  const names = [...new Set(shown.map(({ module }) => module))];
  return (
    <div class="stack">
      <search class="filters functions-filter" aria-label="Which functions are shown">
        <Field
          label="Name or what it does"
          hideLabel
          type="search"
          placeholder="Name or what it does"
          value={text.value}
          onInput={(value) => {
            text.value = value;
          }}
        />
        <Switch
          label="Also those I may not call"
          on={all.value}
          onChange={(on) => {
            all.value = on;
          }}
        />
        <p class="count" role="status">
          {countText(shown.length, 'function')}
          {name === '' ? '' : ` of ${name}`} {name === '' ? null : <a href="/operator/functions">Show all modules</a>}
        </p>
      </search>
      <div class="modules">
        {names.map((module) => (
          <ModuleCard key={module} module={module} functions={shown.filter((each) => each.module === module)} />
        ))}
      </div>
    </div>
  );
}

function ModuleCard({ module, functions }: { readonly module: string; readonly functions: readonly BusFunction[] }) {
  return (
    <Card title={module} class="module">
      <ul class="function-list">
        {functions.map(({ name, summary, scope }) => (
          <li key={name}>
            <a href={`/operator/functions/${encodeURIComponent(name)}`}>{name.slice(module.length + 1)}</a>
            <span>{summary}</span>
            <code class="scope">{scope.split(':')[1]}</code>
          </li>
        ))}
      </ul>
    </Card>
  );
}
