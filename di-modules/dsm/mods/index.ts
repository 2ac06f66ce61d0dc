import type { DsmModule } from '../../../core/index.ts';
import { aws } from './aws/index.ts';
import { modConference } from './conference.ts';
import { modCurl } from './curl.ts';
import { modDlg } from './dlg.ts';
import { modGroups } from './groups.ts';
import { modHttp } from './http.ts';
import { modJson } from './json.ts';
import { modMonitoring } from './monitoring.ts';
import { mysql } from './mysql/index.ts';
import { py } from './py/index.ts';
import { redis } from './redis/index.ts';
import { modRegex } from './regex.ts';
import { say } from './say/index.ts';
import { modSubscription } from './subscription.ts';
import { modSys } from './sys.ts';
import { modUri } from './uri.ts';
import { modUtils } from './utils.ts';
import { xml } from './xml/index.ts';
import { modZrtp } from './zrtp.ts';

/** Modules of scripts that come with the server: one line a module. */
export const dsmModules: readonly DsmModule[] = [
  aws,
  modConference,
  modCurl,
  modDlg,
  modGroups,
  modHttp,
  modJson,
  modMonitoring,
  modRegex,
  modSubscription,
  modSys,
  modUri,
  modUtils,
  modZrtp,
  mysql,
  py,
  redis,
  say,
  xml,
];
