/**
 * Names of the design and of SEMS that this version does not have: whoever asks for one is told so, and does
 * not look for a typing mistake.
 */
export const plannedSections: { readonly [key: string]: string } = {};

export const plannedModules: readonly string[] = [
  'ann_b2b',
  'announce_transfer',
  'annrecorder',
  'auth_b2b',
  'b2b_connect',
  'call_timer',
  'callback',
  'cc_bl_redis',
  'cc_call_timer',
  'cc_ctl',
  'cc_dsm',
  'cc_pcalls',
  'cc_prepaid',
  'cc_prepaid_xmlrpc',
  'cc_registrar',
  'cc_rest',
  'cc_siprec',
  'cc_syslog_cdr',
  'conf_auth',
  'diameter_client',
  'early_announce',
  'early_dbprompt',
  'ivr',
  'mailbox',
  'mailbox_query',
  'mp3',
  'pin_collect',
  'precoded_announce',
  'py_sems',
  'sbc',
  'siprec_srs',
  'sst_b2b',
  'voicebox',
  'voicemail',
];
