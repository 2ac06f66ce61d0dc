/** Calls, applications, rooms, routing, and the built-in functions about them. */
export { announcementCandidates, announcementFolder, announcementIn, announcementKeys } from './announcement-lookup.ts';
export { AppParameters } from './app-params.ts';
export { CallControl, type ControlModule, type ControlVerdict } from './call-control.ts';
export { checkCallConfig } from './check-config.ts';
export * from './config.ts';
export { type CallControlParts, registerCallControl } from './control-functions.ts';
export { crossingOfReply, crossingOfRequest } from './coupling-headers.ts';
export { createCallEngine } from './engine.ts';
export type { CallEngineParts } from './engine-parts.ts';
export { checkedLabels, LabelsSchema, labelBytes, labelsOf, mergedLabels } from './labels.ts';
export * from './leg-hooks.ts';
export { logFunctions, registerLog } from './log-functions.ts';
export { Mailbox } from './mailbox.ts';
export type { EventPackage, Subscriber } from './outside-dialogs.ts';
export { playoutKeys, playoutOf, playoutOfType, playoutTypes, type SemsPlayout } from './playout-keys.ts';
export { compilePosix, type PosixExpression } from './posix-expression.ts';
export { promptIn } from './prompt-folder.ts';
export {
  accountOptions,
  accountUri,
  type RegistrarAccount,
  type RegistrationChange,
  registrationChange,
} from './registering.ts';
export { publishRegistration } from './registration-events.ts';
export { type SessionTimerKeys, sessionTimerKeys, sessionTimerOf } from './session-timer-keys.ts';
export { registerTrace, traceFunctions } from './trace-functions.ts';
export * from './types.ts';
