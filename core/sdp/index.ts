/** Session descriptions: parse, print, offer and answer, as pure functions over plain data. */
export { browserOffer, isBrowserLine, type RemoteWebRtc, restartsIce } from './browser.ts';
export { readCandidates } from './ice.ts';
export * from './negotiate.ts';
export { createOffer, type LocalAudio, nextVersion } from './offer.ts';
export * from './parse.ts';
export * from './print.ts';
export { type SrtpLocal, type SrtpPolicy, srtpSuites } from './secure.ts';
export * from './types.ts';
