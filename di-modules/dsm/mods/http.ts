import type { DsmAction, DsmModule, DsmScript } from '../../../core/index.ts';
import { bodyText, isFault, requestOf, type ScriptRequest } from './request.ts';
import { action } from './rows.ts';

async function exchange(script: DsmScript, request: ScriptRequest): Promise<undefined> {
  const { variables } = script;
  const bearer = variables.get('http.bearer');
  const outcome = await requestOf(script, {
    ...request,
    headers: { ...request.headers, ...(bearer === '' ? {} : { Authorization: `Bearer ${bearer}` }) },
    timeout: variables.get('http.timeout'),
  });
  if (isFault(outcome)) {
    for (const name of ['http.status', 'http.body']) variables.set(name, '');
    script.setError(outcome.errno, outcome.text);
    return;
  }
  variables.set('http.status', String(outcome.status));
  variables.set('http.body', bodyText(outcome));
  script.clearError();
}

function withJson(name: string, method: 'POST' | 'PUT'): DsmAction {
  return action.twoMaybe(
    'url',
    'json',
  )({
    name,
    summary: `${method} of a JSON text; the reply is $http.status and $http.body.`,
    errno: ['arg', 'general'],
    run: (script, url, json) =>
      exchange(script, {
        method,
        url,
        headers: { 'Content-Type': 'application/json' },
        body: json === '' ? '{}' : json,
      }),
  });
}

/** Requests to web services; `$http.bearer` and `$http.timeout` (s) go with them. Not SEMS's. */
export const modHttp: DsmModule = {
  name: 'mod_http',
  summary: 'Requests to web services, with JSON.',
  actions: [
    action.one('url')({
      name: 'http.get',
      summary: 'GET; the reply is $http.status and $http.body.',
      errno: ['arg', 'general'],
      run: (script, url) => exchange(script, { method: 'GET', url, headers: { Accept: 'application/json' } }),
    }),
    withJson('http.post', 'POST'),
  ],
  conditions: [],
};
