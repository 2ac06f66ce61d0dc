import { Page } from '../shell/index.ts';

export function OperatorPage({ path }: { readonly path: string }) {
  return (
    <Page title="Operator">
      <p class="empty">Loading {path}…</p>
    </Page>
  );
}
