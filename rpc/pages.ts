/** GET / for programs, and for people where the web page was not built: what is here, and one line to try. */
export interface PageFacts {
  readonly version: string;
  /** The page for people is there: this one is for programs. */
  readonly isBuilt: boolean;
  readonly url: string;
  readonly netstring: string | null;
  readonly modules: readonly string[];
}

export function frontPage(facts: PageFacts): string {
  const rows = [
    ['XML-RPC', 'POST text/xml to any path, by habit <code>/RPC2</code>'],
    ['JSON-RPC 2.0', 'POST application/json to any path, by habit <code>/jsonrpc</code>'],
    ['JSON-RPC with events', 'WebSocket at <code>/ws</code>'],
    ['JSON-RPC in netstrings', facts.netstring === null ? 'off' : `TCP <code>${htmlText(facts.netstring)}</code>`],
    ['All functions', '<a href="/openrpc.json">/openrpc.json</a>'],
    ['Figures', '<a href="/metrics">/metrics</a>, <a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a>'],
  ].map(([name, text]) => `<tr><th>${name}</th><td>${text}</td></tr>`);
  const curl = `curl -s ${facts.url}/jsonrpc -H 'Content-Type: application/json' -d '{"jsonrpc":"2.0","method":"calls","id":1}'`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Callbus</title>
<style>body{font:16px/1.5 sans-serif;margin:2rem auto;max-width:50rem;padding:0 1rem}th{text-align:left;padding-right:1rem}pre{background:#eee;padding:1rem;overflow:auto}</style></head>
<body><h1>Callbus ${htmlText(facts.version)}</h1>
<p>A SIP media engine that programs control over JSON-RPC and XML-RPC.</p>
<p>${facts.isBuilt ? 'Open this address in a browser: phone, conferences, operation.' : 'The page with the phone was not built: run <code>npm run build</code> and start again.'}</p>
<table>${rows.join('')}</table>
<p>Modules: ${facts.modules.map(htmlText).join(', ')}</p>
<pre>${htmlText(curl)}</pre>
</body></html>
`;
}

const htmlText = (text: string): string => text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
