/** DI values as JSON text: made in `core/di`, where the event log needs it too. */
export { type MemberOrder, printJson } from '../../core/di/index.ts';
