import { audioFunctions } from './audio-functions.ts';
import { memberFunctions } from './member-functions.ts';
import { roomFunctions } from './room-functions.ts';

/** What operators do with rooms; SEMS has no counterpart. */
export const functions = { ...roomFunctions, ...memberFunctions, ...audioFunctions };
