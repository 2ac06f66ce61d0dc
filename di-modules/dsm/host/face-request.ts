import type { DialogEvent, HeaderLine, ResponseOptions, SipRequest } from '../../../core/index.ts';
import type { FaceRequest } from './call-face.ts';

type ServerRequest = Extract<DialogEvent, { readonly kind: 'request' }>['request'];

/** A request that waits for its answer. */
export interface RelayableRequest extends FaceRequest {
  respondWith(status: number, reason: string, options: ResponseOptions): void;
}

export function faceRequest(request: ServerRequest): RelayableRequest {
  return {
    message: request.request,
    get answerable() {
      return !request.answered;
    },
    respond: (status: number, reason: string, headers: readonly HeaderLine[]) =>
      request.respond(status, reason, { headers }),
    respondWith: (status, reason, options) => request.respond(status, reason, options),
  };
}

/** One that the stack has answered, or that has no answer: BYE, CANCEL, ACK. */
export function answeredRequest(message: SipRequest): FaceRequest {
  return { message, answerable: false, respond() {} };
}
