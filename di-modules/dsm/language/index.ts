/** The DSM language: scripts in, diagrams out, and back. Knows nothing of how they run. */
export * from './ast.ts';
export { type CheckOptions, checkConsistency, checkDiagrams } from './check/check-diagrams.ts';
export { drawMermaid } from './draw-mermaid.ts';
export { drawSvg } from './draw-svg.ts';
export type { FaultCode, ReadMode } from './fault-rows.ts';
export { defaultLimits, type ReadLimits } from './limits.ts';
export { type Parameters, splitCall, splitParameters } from './parameters.ts';
export { printDiagram } from './print.ts';
export { type ReadOptions, type ReadResult, readDiagram } from './read-diagram.ts';
export { noFiles, type ScriptFiles, scriptFiles, scriptText } from './script-files.ts';
export { suggest } from './suggest.ts';
export { createVocabulary } from './vocabulary.ts';
