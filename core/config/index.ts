/** The configuration: one schema joined from fragments, read from YAML and environment, printed with comments. */
export { describeNotCarried, type ImportedSems, importSems, type SemsFolder, type SemsTarget } from './import-sems.ts';
export { joinSchema } from './join.ts';
export { type ConfigSource, loadConfig, pluginsOf } from './load.ts';
export { withPlace } from './place.ts';
export { printConfig } from './print.ts';
export { parseSemsLine, readSemsConfig, type SemsConfig, type SemsEntry } from './sems.ts';
export { type PlacedText, readYaml, type YamlSource } from './yaml-source.ts';
