import { Page } from '../shell/index.ts';

export function PhonePage() {
  return (
    <Page title="Phone">
      <p class="empty">Loading…</p>
    </Page>
  );
}
