import { useEffect, useState } from 'preact/hooks';
import type { ServerEvent } from '../../../typescript/index.ts';
import { bus, sentenceOf } from '../../bus/index.ts';
import { Button, Card, Table, toast } from '../../shell/index.ts';
import { useAsked } from '../asked.ts';
import { usePastEvents } from '../history/past-events.ts';
import { numberOf, textOf } from '../members.ts';
import { clockText } from '../text.ts';

/** Where this server is registered, and how that goes. */
export function RegistrationsView() {
  const { answer: list, fault, again } = useAsked(() => bus.call('registrar_client.listRegistrations', []), 'all');
  const events = usePastEvents('registration.*', 24 * 60, 500);
  const latest = new Map<string, ServerEvent>();
  for (const event of events) {
    const handle = textOf(event.payload, 'handle');
    if (!latest.has(handle)) latest.set(handle, event);
  }
  const [seen, setSeen] = useState(0);
  const newest = events[0]?.id ?? 0;
  useEffect(() => {
    if (newest === seen) return;
    setSeen(newest);
    again();
  }, [newest, seen, again]);
  const mayControl = bus.may('registrar_client:control');
  const remove = (handle: string): void => {
    bus
      .call('registrar_client.removeRegistration', [handle])
      .then(again, (why: unknown) => toast(sentenceOf(why), 'bad'));
  };
  return (
    <div class="stack">
      {fault === '' ? null : <p class="notice bad">{fault}</p>}
      <Card title="Registrations of this server">
        <Table
          caption="Registrations of this server"
          rows={list ?? []}
          keyOf={({ handle }) => handle}
          empty={
            list === null
              ? 'Asking the server…'
              : 'This server is registered nowhere (registrar_client.createRegistration).'
          }
          columns={[
            { title: 'Account', cell: ({ user, domain }) => `${user}@${domain}` },
            { title: 'State', cell: ({ handle }) => <State event={latest.get(handle)} /> },
            { title: 'Proxy', cell: ({ proxy }) => proxy },
            { title: 'Contact', cell: ({ contact }) => contact },
            ...(mayControl
              ? [
                  {
                    title: 'Actions',
                    cell: ({ handle, user, domain }: { handle: string; user: string; domain: string }) => (
                      <Button size="small" label={`Remove ${user}@${domain}`} onClick={() => remove(handle)}>
                        Remove
                      </Button>
                    ),
                  },
                ]
              : []),
          ]}
        />
      </Card>
      <Card title="What happened in the last day">
        <Table
          caption="Events of registrations, the newest first"
          rows={events.slice(0, 100)}
          keyOf={({ id }) => String(id)}
          empty="Nothing."
          columns={[
            { title: 'At', cell: ({ at }) => clockText(Date.parse(at)) },
            { title: 'Account', cell: ({ payload }) => textOf(payload, 'account') },
            { title: 'What', cell: (event) => <State event={event} /> },
          ]}
        />
      </Card>
    </div>
  );
}

const words: { readonly [event: string]: readonly [text: string, tone: string] } = {
  'registration.registered': ['Registered', 'good'],
  'registration.failed': ['Failed', 'bad'],
  'registration.expired': ['Expired', 'warn'],
  'registration.removed': ['Removed', ''],
};

function State({ event }: { readonly event: ServerEvent | undefined }) {
  if (event === undefined) return <span class="badge">No answer yet</span>;
  const [text, tone] = words[event.name] ?? [event.name, ''];
  const retry = numberOf(event.payload, 'retryAtMs');
  const status = numberOf(event.payload, 'status');
  const more = [
    status === null ? '' : `${status} ${textOf(event.payload, 'reason')}`,
    retry === null ? '' : `again at ${clockText(retry)}`,
  ].filter((part) => part !== '');
  return (
    <>
      <span class={`badge ${tone}`}>{text}</span> <small>{more.join(', ')}</small>
    </>
  );
}
