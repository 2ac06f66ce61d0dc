import { CodedError } from '../../../../core/index.ts';

const sqliteName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;
/** As SEMS reads it: user and password go to the first `:` and the last `@`, whatever they hold. */
const semsUrl = /^(mysql|mariadb|postgres|postgresql):\/\/([^:@/]*):(.*)@([^@/]*)\/([^/?]*)(\?.*)?$/;

/**
 * What `openDatabase` is given for a script's URL: `sqlite:name` is a file of the module's data folder, other URLs
 * get user and password encoded. `secure`: the server's certificate is checked.
 * @throws CodedError `storage.failed` for a name that cannot be one.
 */
export function databasePlace(url: string, secure = false): string {
  if (url.startsWith('sqlite:')) {
    const name = url.slice('sqlite:'.length).replace(/^\/\//, '');
    if (!sqliteName.test(name))
      throw new CodedError('storage.failed', 'sqlite: needs a plain name, as in sqlite:messages');
    return name.includes('.') ? name : `${name}.db`;
  }
  if (!/^[a-z]+:\/\//i.test(url)) throw new CodedError('storage.failed', 'mysql://…, postgres://… or sqlite:name');
  const [, scheme, user = '', password = '', host = '', name = '', more = ''] = semsUrl.exec(url) ?? [];
  const place = scheme === undefined ? url : `${scheme}://${encoded(user)}:${encoded(password)}@${host}/${name}${more}`;
  if (!secure || /[?&]tls=/.test(place)) return place;
  return `${place}${place.includes('?') ? '&' : '?'}tls=verify`;
}

/** What is encoded already stays as it is. */
const encoded = (text: string): string => (/%[0-9a-f]{2}/i.test(text) ? text : encodeURIComponent(text));
