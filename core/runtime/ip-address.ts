import { isIP } from 'node:net';

/** Is `text` an IPv4 or IPv6 address (without brackets)? */
export const isIpAddress = (text: string): boolean => isIP(text) !== 0;
