import { feedbackFunctions } from './feedback-functions.ts';
import { participantFunctions } from './participant-functions.ts';
import { roomFunctions } from './room-functions.ts';

/** SEMS's `webconference` (di-interfaces 5.2). Every answer ends with the server line. */
export const functions = { ...roomFunctions, ...participantFunctions, ...feedbackFunctions };
