import { Page } from '../shell/index.ts';

export function ConferencePage({ room }: { readonly room: string; readonly pin: string }) {
  return (
    <Page title={`Room ${room}`}>
      <p class="empty">Loading…</p>
    </Page>
  );
}
