import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { describeNotCarried, importSems, readSemsConfig } from '../../../core/config/index.ts';
import { type TSchema, Type } from '../../../core/runtime/index.ts';

const closed = (properties: Record<string, TSchema>): TSchema =>
  Type.Object(properties, { additionalProperties: false });
const modules = new Map<string, TSchema>([
  ['conference', closed({ default_announce: Type.String(), max_participants: Type.Integer() })],
  ['webconference', closed({ private_rooms: Type.Boolean(), predefined_rooms: Type.String() })],
  ['di_dial', closed({ dialout_pins: Type.Array(Type.Object({})) })],
  ['reg_agent', closed({ accounts: Type.Array(Type.Object({})) })],
  ['db_reg_agent', closed({ mysql_user: Type.String(), mysql_passwd: Type.String(), expires: Type.Integer() })],
  ['xmlrpc2di', closed({ server_timeout: Type.Integer() })],
  ['jsonrpc', closed({})],
  ['dsm', Type.Object({ load_diags: Type.Array(Type.String()) })],
]);

async function imported(main: string, files: Record<string, string> = {}, mapping: readonly string[] | null = null) {
  const read = (text: string, file: string) => readSemsConfig(text, { file, include: async () => '' });
  const read_ = await Promise.all(
    Object.entries(files).map(async ([name, text]) => [name, await read(text, `${name}.conf`)] as const),
  );
  const { yaml, notCarried, notes } = importSems(
    { main: await read(main, 'sems.conf'), mapping, modules: new Map(read_) },
    { modules, planned: ['sbc', 'voicemail'], codecs: ['PCMU', 'PCMA', 'G722', 'speex/16000', 'GSM', 'speex/8000'] },
  );
  return { config: parse(yaml) ?? {}, yaml, notes, left: notCarried.map(describeNotCarried) };
}

test('one interface without a name becomes a UDP and a TCP listener and the media address {import-sems}', async () => {
  const { config, left } = await imported(
    'sip_ip=10.0.0.1\nsip_port=5070\nmedia_ip=10.0.0.2\nrtp_low_port=10001\nrtp_high_port=20000\npublic_ip=192.0.2.1',
  );
  const listener = { address: '10.0.0.1', port: 5070, advertised: '192.0.2.1' };
  assert.deepEqual(config.sip.listen, [
    { transport: 'udp', ...listener },
    { transport: 'tcp', ...listener },
  ]);
  assert.deepEqual(config.media, { address: '10.0.0.2', external: '192.0.2.1', ports: [10002, 20000] });
  assert.deepEqual(left, []);
});

test('named interfaces keep their names; with a second media address each peer gets the one that reaches it {import-sems}', async () => {
  const { config, left, notes } = await imported(
    'interfaces=in,out\nsip_ip_in=10.0.0.1\nmedia_ip_in=10.0.0.1\nsip_ip_out=[2001:db8::1]\nsip_port_out=5080\nmedia_ip_out=192.0.2.1\nrtp_low_port_out=2000\nsig_sock_opts_out=force_via_address',
  );
  assert.deepEqual(
    config.sip.listen.map(({ name, transport, address, port }: Record<string, unknown>) => [
      name,
      transport,
      address,
      port,
    ]),
    [
      ['in', 'udp', '10.0.0.1', 5060],
      ['in', 'tcp', '10.0.0.1', 5060],
      ['out', 'udp', '2001:db8::1', 5080],
      ['out', 'tcp', '2001:db8::1', 5080],
    ],
  );
  assert.deepEqual([config.media.address, config.sip.replyToVia], ['auto', true]);
  assert.deepEqual(left, ['sems.conf:7: rtp_low_port_out=2000: one port range serves all listeners']);
  assert.match(notes.join(), /media_ip_out: media\.address is auto.*sig_sock_opts_out: here it counts for all/s);
});

test('a device name listens everywhere and says so; sip_port alone is ignored as in SEMS {import-sems}', async () => {
  const device = await imported('sip_ip=eth0');
  assert.deepEqual(device.config.sip.listen[0], { transport: 'udp', address: '0.0.0.0', port: 5060 });
  assert.match(device.notes.join(), /sip_ip=eth0: devices are not named here/);
  assert.deepEqual((await imported('sip_port=5070')).left, [
    'sems.conf:1: sip_port=5070: SEMS ignores it without sip_ip',
  ]);
});

for (const [line, path, value] of [
  ['loglevel=3', 'log.level', 'debug'],
  ['loglevel=ERR', 'log.level', 'error'],
  ['max_shutdown_time=10', 'drainMs', 10_000],
  ['max_shutdown_time=0', 'drainMs', 86_400_000],
  ['dead_rtp_time=0', 'media.rtpTimeoutMs', 0],
  ['100rel=require', 'sip.reliableProvisional', 'required'],
  ['session_limit="100;480;Busy now"', 'calls.sessions', { limit: 100, status: 480, reason: 'Busy now' }],
  ['cps_limit=20', 'calls.perSecond', { limit: 20, status: 503, reason: 'Server overload' }],
  ['shutdown_mode_reply="503 Going down"', 'calls.shutdownReply', { status: 503, reason: 'Going down' }],
  ['next_hop=10.0.0.9', 'sip.nextHop', '10.0.0.9'],
  ['next_hop_1st_req=yes', 'sip.nextHopInDialogs', false],
  ['disable_dns_srv=yes', 'sip.dns.srv', false],
  ['tcp_idle_timeout=5', 'sip.idleTimeoutMs', 10_000],
  ['dscp_sip=104', 'sip.dscp', 26],
  ['dscp_rtp=0', 'media.dscp', 'off'],
  ['media_processor_threads=4', 'media.workers', 4],
  ['signature="Our switch"', 'sip.serverHeader', 'Our switch'],
  ['application=conference', 'routing', [{ application: 'conference' }]],
] as const) {
  test(`sems.conf: ${line} is ${path} {import-sems}`, async () => {
    const { config, left } = await imported(line);
    assert.deepEqual(
      path.split('.').reduce((branch, key) => branch?.[key], config),
      value,
    );
    assert.deepEqual(left, []);
  });
}

for (const [line, reason] of [
  ['dscp_rtp=256', /TOS byte/],
  ['sip_timer_B=64000', /t1Ms/],
  ['foo=1', /does not know/],
  ['session_limit=many', /expected <limit>/],
  ['100rel=perhaps', /expected one of disabled, off, supported, require/],
  ['constructor=1', /does not know/],
] as const) {
  test(`sems.conf: ${line} is left out with the reason {import-sems}`, async () => {
    const { left } = await imported(line);
    assert.equal(left.length, 1);
    assert.match(left[0] ?? '', reason);
  });
}

test('the codec order comes first, excluded payloads go {import-sems}', async () => {
  const { config, left } = await imported('codec_order=GSM,speex,EVRC\nexclude_payloads=pcma;iSAC');
  assert.deepEqual(config.media.codecs, ['GSM', 'speex/16000', 'speex/8000', 'PCMU', 'G722']);
  assert.equal(config.media.codecOrder, 'local');
  assert.deepEqual(left, [
    'sems.conf:1: codec_order=EVRC: it is not among the codecs that are offered',
    'sems.conf:2: exclude_payloads=iSAC: it is not offered anyway',
  ]);
});

test('modules are listed in the order of load_plugins; what is not there is told {import-sems}', async () => {
  const { config, left } = await imported('load_plugins=wav;webconference.so;di_dialer;sbc;nosuch', {
    sbc: 'active_profile=x',
    conference: 'max_participants=9',
  });
  assert.deepEqual(Object.keys(config.modules), ['webconference', 'di_dial']);
  assert.deepEqual(left, [
    'sems.conf:1: load_plugins=sbc: this version does not have it',
    'sems.conf:1: load_plugins=nosuch: there is no such module',
    'sbc.conf:1: active_profile=x: this version does not have the module sbc',
    'conference.conf:1: max_participants=9: conference is not loaded',
  ]);
});

test('without load_plugins the modules that have a file are listed, but for those excluded {import-sems}', async () => {
  const { config } = await imported('exclude_plugins=webconference', {
    conference: 'max_participants=9',
    webconference: 'private_rooms=yes',
  });
  assert.deepEqual(config.modules, { conference: { max_participants: 9 } });
});

test('keys of modules are typed by the schema of the module {import-sems}', async () => {
  const { config, left } = await imported('load_plugins=conference;webconference;dsm', {
    conference: 'default_announce=hello.wav\nmax_participants=some\nbar=1',
    webconference: 'private_rooms=yes',
    dsm: 'load_diags=inbound,outbound\nmy_own_key="a value"',
  });
  assert.deepEqual(config.modules, {
    conference: { default_announce: 'hello.wav' },
    webconference: { private_rooms: true },
    dsm: { load_diags: ['inbound', 'outbound'], my_own_key: 'a value' },
  });
  assert.deepEqual(left, [
    'conference.conf:2: max_participants=some: not a number: SEMS takes its default then',
    'conference.conf:3: bar=1: the module conference has no such key here',
  ]);
});

test('files whose server is part of the core set the listeners {import-sems}', async () => {
  const { config } = await imported('load_plugins=xmlrpc2di;jsonrpc', {
    xmlrpc2di: 'xmlrpc_port=8091\nserver_ip=127.0.0.1\ndirect_export=di_dial;monitoring\nserver_timeout=500',
    jsonrpc: 'jsonrpc_port=7081',
  });
  assert.deepEqual(config.rpc, {
    listen: { port: 8091, address: '127.0.0.1' },
    directExport: ['di_dial', 'monitoring'],
    netstring: { port: 7081 },
  });
  assert.deepEqual(config.modules, { xmlrpc2di: { server_timeout: 500 }, jsonrpc: {} });
});

test('accounts and pins that SEMS numbers become lists {import-sems}', async () => {
  const { config, left } = await imported('load_plugins=reg_agent;di_dial', {
    reg_agent: 'domain=a.org\nuser=u\npwd=p\ndomain1=b.org\nuser1=v\ndomain3=d.org',
    di_dial: 'dialout_pin0="1234;alice;a.org;alice;secret"\ndialout_pin1=short',
  });
  assert.deepEqual(config.modules.reg_agent.accounts, [
    { domain: 'a.org', user: 'u', pwd: 'p' },
    { domain: 'b.org', user: 'v' },
  ]);
  assert.deepEqual(config.modules.di_dial.dialout_pins, [
    { pin: '1234', realm: 'a.org', auth_user: 'alice', password: 'secret' },
  ]);
  assert.deepEqual(left, [
    'reg_agent.conf:6: domain3=d.org: account 3 comes before account 2',
    'di_dial.conf:2: dialout_pin1: expected pin;user;realm;auth_user;password',
  ]);
});

test('what may be a secret is not shown among what is left out, and no text ends the comment {import-sems}', async () => {
  const { yaml } = await imported('my_password=hunter2\nfoo="a\u2028modules: {}"');
  assert.ok(!yaml.includes('hunter2'));
  assert.deepEqual(parse(yaml), {});
});

test('the mapping file becomes calls.mapping {import-sems}', async () => {
  const { config } = await imported('application=$(mapping)', {}, ['^sip:1=>echo']);
  assert.deepEqual([config.calls.mapping, config.routing], [['^sip:1=>echo'], [{ application: '$(mapping)' }]]);
});
