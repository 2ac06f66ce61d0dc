/** The two wires, as any script would use them. */
export async function jsonCall(http: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(`${http}/jsonrpc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { result, error } = (await response.json()) as { result?: unknown; error?: { message: string } };
  if (error !== undefined) throw new Error(`${method}: ${error.message}`);
  return result;
}

/** Strings in, and of the result only the first integer of the top array: all that the demo needs. */
export async function xmlCall(http: string, method: string, params: readonly string[]): Promise<unknown> {
  const values = params.map((value) => `<param><value><string>${value}</string></value></param>`).join('');
  const response = await fetch(`${http}/RPC2`, {
    method: 'POST',
    headers: { 'content-type': 'text/xml' },
    body: `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${values}</params></methodCall>`,
  });
  const text = await response.text();
  if (text.includes('<fault>')) throw new Error(`${method}: ${text}`);
  return [Number(/<i4>(-?\d+)<\/i4>/.exec(text)?.[1] ?? Number.NaN)];
}
