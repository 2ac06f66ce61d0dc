import { bus } from '../bus/index.ts';
import { Card, Page } from '../shell/index.ts';
import { decodedPart } from '../shell/text.ts';
import { CallView } from './call/call-view.tsx';
import { CallsView } from './calls/calls-view.tsx';
import { EventsView } from './events/events-view.tsx';
import { FunctionsView } from './functions/functions-view.tsx';
import { HistoryView } from './history/history-view.tsx';
import { RoomsView } from './rooms/rooms-view.tsx';
import { type Section, sectionsShown } from './sections.ts';
import { AuditView } from './server/audit-view.tsx';
import { RegistrationsView } from './server/registrations-view.tsx';
import { ServerView } from './server/server-view.tsx';

/** The page of who runs the server; `path` is what follows `/operator`. */
export function OperatorPage({ path }: { readonly path: string }) {
  const [, first = '', rest = ''] = path.split('/');
  const shown = sectionsShown();
  const section = shown.find((each) => each.path === `/${first}`) ?? (first === '' ? shown[0] : undefined);
  const detail = decodedPart(rest);
  return (
    <Page title={titleOf(section, detail)} wide>
      <nav class="sections" aria-label="Parts of the operator's page">
        {shown.map((each) => (
          <a
            key={each.path}
            href={`/operator${each.path}`}
            {...(each === section ? { 'aria-current': 'page' as const } : {})}
          >
            {each.title}
          </a>
        ))}
      </nav>
      <Shown section={section} detail={detail} />
    </Page>
  );
}

function titleOf(section: Section | undefined, detail: string): string {
  if (section === undefined) return 'Operator';
  return section.path === '/calls' && detail !== '' ? 'Call' : section.title;
}

function Shown({ section, detail }: { readonly section: Section | undefined; readonly detail: string }) {
  switch (section?.path) {
    case '/calls':
      return detail === '' ? <CallsView /> : <CallView key={detail} tag={detail} />;
    case '/history':
      return <HistoryView />;
    case '/rooms':
      return <RoomsView />;
    case '/registrations':
      return <RegistrationsView />;
    case '/server':
      return <ServerView />;
    case '/audit':
      return <AuditView />;
    case '/functions':
      return <FunctionsView name={detail} />;
    case '/events':
      return <EventsView />;
    default:
      return (
        <Card>
          <p class="empty">
            {bus.state.value === 'open'
              ? 'Your sign-in does not show this part, or there is no such part. Sign in with a token that may (callbus token create).'
              : 'Waiting for the server…'}
          </p>
        </Card>
      );
  }
}
