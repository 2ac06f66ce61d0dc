/** di-interfaces 5.17, row by row, of a server without calls: one datagram each way, the reply with its NUL. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A command without its line feed, and the reply without its NUL. */
const replies: readonly (readonly [command: string, reply: string])[] = [
  ['calls', 'Active calls: 0\n'],
  ['dump_transactions', '200 OK'],
  ['set_loglevel 1', 'loglevel set to 1.\n'],
  ['get_loglevel', 'loglevel is 1.\n'],
  ['set_loglevel err', 'loglevel set to 0.\n'],
  ['set_loglevel loud', 'invalid loglevel value.\n'],
  ['set_cpslimit 7', 'CPS limit set to 7.\n'],
  ['get_cpslimit', 'CPS hard limit: 7, CPS limit: 7\n'],
  ['set_cpslimit many', 'invalid CPS limit\n'],
  ['set_cpslimit 0', 'CPS limit set to 0.\n'],
  ['get_cpslimit', 'CPS hard limit: 0, CPS limit: 0\n'],
  ['set_shutdownmode 1', 'Shutdownmode activated!\n'],
  ['get_shutdownmode', 'Shutdownmode active!\n'],
  ['set_shutdownmode 0', 'Shutdownmode deactivated!\n'],
  ['get_shutdownmode', 'Shutdownmode inactive!\n'],
  ['set_shutdownmode soon', 'invalid shutdownmode\n'],
  ['get_sessioncount', 'sessioncount is 0.\n'],
  ['get_callsavg', 'Average active calls: 0\n'],
  ['get_callsavgXYZ', 'Average active calls: 0\n'],
  ['get_callsmax', 'Maximum active calls: 0\n'],
  ['get_cpsavg', 'Average calls per second: 0\n'],
  ['get_cpsmax', 'Maximum calls per second: 0\n'],
  ['get_rtp_mux_mtu_threshold', 'rtp_mux_mtu_threshold=0\n'],
  ['set_rtp_mux_mtu_threshold much', 'invalid rtp_mux_mtu_threshold\n'],
  ['get_rtp_mux_max_frame_age_ms', 'rtp_mux_max_frame_age_ms=0\n'],
  ['set_rtp_mux_max_frame_age_ms much', 'invalid rtp_mux_max_frame_age_ms\n'],
  ['DI monitoring list', '[]'],
  ['DI monitoring getSingle absent key', '[]'],
  ['DI dsm listDSMs', "['first']"],
  ['DI dsm hasDSM first', "['1']"],
  ['DI dsm postDSMEvent nosuch', 'Exception occured.\n'],
  ['DI dsm postDSMEvent nosuch text', 'Exception occured.\n'],
  ['DI dsm nosuch', "Exception occured: AmDynInvoke::NotImplemented 'nosuch'\n"],
  ['DI msg_storage userdir_open example.org nobody', '[2, ]'],
  ['DI nosuch list', "could not get 'nosuch' factory\n"],
  ['DI', 'could not parse DI factory name.\n'],
  ['set_nosuch 1', "Unknown set command: 'set_nosuch 1'\n"],
  ['get_nosuch', "Unknown command: 'get_nosuch'\n"],
  ['callsXYZ', "Unknown command: 'callsXYZ'\n"],
];

export async function asksStatistics(port: number): Promise<void> {
  const socket = createSocket('udp4');
  try {
    for (const [command, reply] of replies) {
      const came = once(socket, 'message', { signal: AbortSignal.timeout(60_000) });
      socket.send(`${command}\n`, port, '127.0.0.1');
      const [bytes] = (await came) as [Buffer];
      assert.equal(bytes.toString(), `${reply}\0`, command);
    }
  } finally {
    socket.close();
  }
}
