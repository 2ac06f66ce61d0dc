import {
  arg,
  type Call,
  type CallEngine,
  CallTag,
  CodedError,
  type DigestServer,
  type DiValue,
  Int,
  rowsFor,
  secret,
  Text,
  Type,
} from '../../core/index.ts';

export interface UacAuthState {
  readonly calls: Pick<CallEngine, 'find'>;
  readonly digest: DigestServer;
}

const { fn, defineFunctions } = rowsFor<UacAuthState>();

const Password = secret(Type.String({ maxLength: 1024 }));

/** SEMS's `uac_auth` (di-interfaces 5.14). Its functions take object pointers there: no wire has them (8.2, F3). */
export const functions = defineFunctions({
  checkAuth: fn({
    summary: 'Judge the credentials of the request that a call waits with.',
    description: 'For modules in this server. The call tag stands for the request object of SEMS.',
    params: [
      arg('call', CallTag, 'Tag of the call.'),
      arg('realm', Type.String({ minLength: 1 }), 'Of the challenge.'),
      arg('user', Text, 'Name of the credentials.'),
      arg('password', Password, 'Their password.'),
    ],
    result: Type.Tuple([Int, Type.String(), Type.String()], {
      description: '[code, reason, header lines to answer with]',
    }),
    scope: 'uac_auth:control',
    exported: false,
    handler: async ({ state }, tag, realm, user, password) => {
      const call = state.calls.find(tag);
      if (call === null) throw new CodedError('call.unknown', tag);
      return judged(state.digest, call, realm, { user, password });
    },
  }),
  getHandler: fn({
    summary: 'The client side: in this server, credentials go with the order of a call.',
    params: [arg('credentials', Type.Unsafe<DiValue>({})), arg('dialog', Type.Unsafe<DiValue>({}))],
    result: Type.Array(Type.Unsafe<DiValue>({})),
    scope: 'uac_auth:control',
    exported: false,
    handler: () => {
      throw new CodedError(
        'rpc.unrepresentable',
        'a session event handler is an object; give the credentials to originate (OriginateOptions.credentials)',
      );
    },
  }),
});

async function judged(
  digest: DigestServer,
  { session }: Call,
  realm: string,
  expected: { readonly user: string; readonly password: string },
): Promise<[number, string, string]> {
  const request = session.pendingRequest ?? session.dialog.invite;
  const verdict = await digest.check(
    request,
    (user) => (user === expected.user ? { password: expected.password } : null),
    { source: session.dialog.flow.remote.address, realm },
  );
  switch (verdict.kind) {
    case 'ok':
      return [200, 'OK', ''];
    case 'challenge':
      return [401, 'Unauthorized', verdict.headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')];
    case 'bad':
      return [verdict.status, verdict.reason, ''];
    default:
      return verdict satisfies never;
  }
}
