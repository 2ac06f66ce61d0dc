import type { JsonValue } from '../bus/index.ts';

/** The RPC lines that would do the same. */
export function Lines({ method, params }: { readonly method: string; readonly params: readonly JsonValue[] }) {
  return (
    <pre>
      {method}({JSON.stringify(params)})
    </pre>
  );
}
