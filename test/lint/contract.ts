/**
 * What is generated from the rows of all modules: the contract of the TypeScript client, the types of the Python
 * client, the reference page. `--write` rewrites them; test/unit/clients/typescript/contract.test.ts compares.
 */
import { writeFileSync } from 'node:fs';
import { typesFromOpenRpc } from '../../clients/typescript/index.ts';
import { readDocument } from '../../core/commands/remote/document.ts';
import { packageFile } from '../../core/runtime/index.ts';
import { fullDocument } from './full-bus.ts';
import { pythonTypes } from './python-types.ts';
import { referencePage } from './reference-page.ts';

export interface GeneratedFile {
  readonly path: string;
  /** As the rows are now. */
  readonly text: string;
}

export function generatedFiles(): readonly GeneratedFile[] {
  const document = fullDocument();
  const read = readDocument(document);
  return [
    { path: packageFile('clients/typescript/contract.ts'), text: typesFromOpenRpc(document) },
    { path: packageFile('clients/python/callbus/contract.py'), text: pythonTypes(read) },
    { path: packageFile('docs/reference.md'), text: referencePage(read) },
  ];
}

if (process.argv[1] === import.meta.filename && process.argv.includes('--write')) {
  for (const { path, text } of generatedFiles()) writeFileSync(path, text);
}
