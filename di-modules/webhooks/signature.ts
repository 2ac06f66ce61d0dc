import { createHmac } from 'node:crypto';

/** `v1=` and the HMAC-SHA256, in hex, of the time, a dot and the body. */
export function signatureOf(secret: string, timestampS: number, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestampS}.`).update(body).digest('hex')}`;
}
