import { feedbackFunctions } from './feedback-functions.ts';
import { floorFunctions } from './floor-functions.ts';
import { guestFunctions } from './guest-functions.ts';
import { liveFunctions } from './live-functions.ts';
import { participantFunctions } from './participant-functions.ts';
import { roomFunctions } from './room-functions.ts';

/** SEMS's `webconference` (di-interfaces 5.2), and ours behind it. Every answer ends with the server line. */
export const functions = {
  ...roomFunctions,
  ...participantFunctions,
  ...feedbackFunctions,
  ...liveFunctions,
  ...floorFunctions,
  ...guestFunctions,
};
