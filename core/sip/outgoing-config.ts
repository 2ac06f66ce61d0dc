/** Checks of the configuration that says where requests go, before anything is bound. */
import { asCodedError, CodedError } from '../runtime/index.ts';
import type { SipConfig } from './config.ts';
import { firstRoutes } from './route-set.ts';
import { placesOfNextHop } from './target.ts';

/** @throws CodedError `config.invalid` naming `sip.nextHop` or `sip.outboundProxy`. */
export function checkOutgoingConfig({ nextHop, outboundProxy }: SipConfig): void {
  try {
    if (nextHop !== '') placesOfNextHop(nextHop);
  } catch (fault) {
    throw new CodedError('config.invalid', `sip.nextHop: ${asCodedError(fault, 'dial.failed').detail}`, {
      cause: fault,
    });
  }
  if (firstRoutes([], outboundProxy) === null) {
    throw new CodedError(
      'config.invalid',
      `sip.outboundProxy: ${JSON.stringify(outboundProxy)} is no sip: or sips: URI`,
    );
  }
}
