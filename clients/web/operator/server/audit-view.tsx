import { useState } from 'preact/hooks';
import type { Methods } from '../../../typescript/index.ts';
import { bus, sentenceOf } from '../../bus/index.ts';
import { Button, Card, Field, Select, Table, toast } from '../../shell/index.ts';
import { useAsked } from '../asked.ts';
import { dayText } from '../text.ts';

type Entry = ReturnType<Methods['audit.list']>[number];

const pageSize = 100;

/** Who did what, from where, and how it ended. */
export function AuditView() {
  const [caller, setCaller] = useState('');
  const [what, setWhat] = useState('');
  const [outcome, setOutcome] = useState('');
  const filter = {
    ...(caller === '' ? {} : { caller }),
    ...(what === '' ? {} : { what }),
    ...(outcome === '' ? {} : { failed: outcome === 'failed' }),
  };
  const key = JSON.stringify(filter);
  const { answer, fault, again } = useAsked(() => bus.call('audit.list', { limit: pageSize, filter }), key);
  const [older, setOlder] = useState<{ readonly key: string; readonly entries: readonly Entry[] }>({
    key,
    entries: [],
  });
  const further = older.key === key ? older.entries : [];
  const entries = [...(answer ?? []), ...further];
  const last = entries.at(-1);
  const more = (): void => {
    if (last === undefined) return;
    bus.call('audit.list', { limit: pageSize, filter: { ...filter, before: last.id } }).then(
      (page) => {
        setOlder({ key, entries: [...further, ...page] });
        if (page.length === 0) toast('There are no older entries.');
      },
      (why: unknown) => toast(sentenceOf(why), 'bad'),
    );
  };
  return (
    <Card>
      <search class="filters" aria-label="Which entries are shown">
        <Field label="Caller" hideLabel placeholder="Caller" value={caller} onInput={setCaller} />
        <Field
          label="Function"
          hideLabel
          placeholder="module.function, module.*, login"
          value={what}
          onInput={setWhat}
        />
        <Select
          label="Outcome"
          hideLabel
          value={outcome}
          options={[
            { value: '', text: 'Any outcome' },
            { value: 'failed', text: 'Refused or failed' },
            { value: 'ok', text: 'Done' },
          ]}
          onChange={setOutcome}
        />
        <Button
          onClick={() => {
            setOlder({ key, entries: [] });
            again();
          }}
        >
          Look again
        </Button>
      </search>
      {fault === '' ? null : <p class="notice bad">{fault}</p>}
      <Table
        caption="Audit log, the newest first"
        rows={entries}
        keyOf={({ id }) => String(id)}
        empty={answer === null ? 'Asking the server…' : 'No entry fits.'}
        columns={[
          { title: 'At', cell: ({ at }) => dayText(Date.parse(at)) },
          {
            title: 'Caller',
            cell: ({ caller: name, credential }) => `${name}${credential === '' ? '' : ` (${credential})`}`,
          },
          { title: 'From', cell: ({ source, face }) => `${source} (${face})` },
          { title: 'What', cell: ({ what: name }) => name },
          { title: 'Arguments', cell: ({ arguments: given }) => <code class="arguments">{given}</code> },
          {
            title: 'Outcome',
            cell: ({ outcome: end }) => <span class={`badge ${end === 'ok' ? 'good' : 'bad'}`}>{end}</span>,
          },
        ]}
      />
      {entries.length >= pageSize ? <Button onClick={more}>Older entries</Button> : null}
    </Card>
  );
}
