/** Where the modules are that threads import by their URLs. */

/** Our own codecs and file formats: the same door as a plug-in's. */
export const ourCodecs: URL = sibling('./worker/codecs/index');
export const ourFormats: URL = sibling('./worker/formats/index');
/** What a media thread starts with. */
export const workerEntry = sibling('./worker/boot');
/** What the thread that decodes prompts starts with. */
export const decoderEntry = sibling('./worker/boot-decoder');

/** A file beside this one, as source or compiled. */
function sibling(path: string): URL {
  return new URL(`${path}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
}
