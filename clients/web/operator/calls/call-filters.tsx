import { useState } from 'preact/hooks';
import { Button, Field, Select } from '../../shell/index.ts';
import { type CallFilter, isFiltering, noFilter } from './filter.ts';
import type { CallRow } from './live-calls.ts';

const states = [
  { value: '', text: 'Any state' },
  { value: 'new', text: 'New' },
  { value: 'early', text: 'Ringing' },
  { value: 'connected', text: 'Connected' },
  { value: 'ending', text: 'Ending' },
];
const lengths = [
  { value: '0', text: 'Any length' },
  { value: '60', text: 'Over 1 minute' },
  { value: '300', text: 'Over 5 minutes' },
  { value: '1800', text: 'Over half an hour' },
  { value: '7200', text: 'Over 2 hours' },
];

/** What is asked of the list of calls; what is typed counts at once. */
export function CallFilters({
  filter,
  rows,
  onChange,
}: {
  readonly filter: CallFilter;
  readonly rows: readonly CallRow[];
  readonly onChange: (filter: CallFilter) => void;
}) {
  const applications = [...new Set([...rows.map(({ application }) => application), filter.application])];
  // On a phone the others would fill the screen.
  const [open, setOpen] = useState(isFiltering(filter));
  const set = (part: Partial<CallFilter>): void => onChange({ ...filter, ...part });
  return (
    <search class={`filters ${open ? '' : 'less'}`} aria-label="Which calls are shown">
      <Field
        label="From or to"
        type="search"
        placeholder="From, to or URI"
        hideLabel
        value={filter.text}
        onInput={(text) => set({ text })}
      />
      <Button class="more" pressed={open} onClick={() => setOpen(!open)}>
        Filters
      </Button>
      <Select label="State" hideLabel value={filter.state} options={states} onChange={(state) => set({ state })} />
      <Select
        label="Application"
        hideLabel
        value={filter.application}
        options={[
          { value: '', text: 'Any application' },
          ...applications
            .filter((name) => name !== '')
            .sort()
            .map((name) => ({ value: name, text: name })),
        ]}
        onChange={(application) => set({ application })}
      />
      <Select
        label="Length"
        hideLabel
        value={String(filter.seconds)}
        options={lengths}
        onChange={(seconds) => set({ seconds: Number(seconds) })}
      />
      <Field
        label="Account"
        placeholder="Account"
        hideLabel
        value={filter.account}
        onInput={(account) => set({ account })}
      />
      <Field
        label="Label"
        placeholder="Tariff or data"
        hideLabel
        value={filter.label}
        onInput={(label) => set({ label })}
      />
      {isFiltering(filter) ? (
        <Button kind="plain" onClick={() => onChange(noFilter)}>
          Show all
        </Button>
      ) : null}
    </search>
  );
}
