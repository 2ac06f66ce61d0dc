/** Before tokens: lines that are comments drop out, includes come in (reference/dsm 1.1). */
import { dirname, isAbsolute, join } from 'node:path';
import { CodedError } from '../../../core/index.ts';
import type { Position } from './ast.ts';
import type { FaultList, Place } from './fault-list.ts';
import type { ReadLimits } from './limits.ts';
import type { ScriptFiles } from './script-files.ts';

/** A line that stood in the text as put together before the character at `offset`; `''`: an empty one. */
export interface CommentLine {
  readonly offset: number;
  readonly line: number;
  readonly text: string;
}

export interface IncludeLine {
  readonly offset: number;
  readonly path: string;
  readonly position: Position;
}

/** A script as put together, with the way back to files and lines. */
export interface Source {
  readonly text: string;
  position(offset: number): Position;
  /** Is it of the file itself, not of one that it includes? */
  isOwn(offset: number): boolean;
  /** Of the file itself. */
  readonly comments: readonly CommentLine[];
  /** Of the file itself. */
  readonly includes: readonly IncludeLine[];
  /** Every file that was read. */
  readonly files: readonly string[];
}

export interface SourceOptions {
  readonly file: string;
  readonly text: string;
  /** Where relative includes begin. */
  readonly folder: string;
  readonly files: ScriptFiles;
  readonly limits: ReadLimits;
  readonly faults: FaultList;
}

export async function gatherSource(options: SourceOptions): Promise<Source> {
  const gatherer = new Gatherer(options);
  await gatherer.add(options.file, options.text, options.folder, []);
  return gatherer.source();
}

/** A longer line is no include that anybody means. */
const maxIncludeCharacters = 4096;

/** Text as it stands, without files. */
export function plainSource(text: string): Source {
  return {
    text,
    position: (offset) => ({ file: '', line: 1, column: offset + 1 }),
    isOwn: () => true,
    comments: [],
    includes: [],
    files: [],
  };
}

interface LineStart {
  readonly offset: number;
  readonly file: string;
  readonly line: number;
  readonly isOwn: boolean;
}

class Gatherer {
  readonly #options: SourceOptions;
  readonly #pieces: string[] = [];
  readonly #lines: LineStart[] = [];
  readonly #comments: CommentLine[] = [];
  readonly #includes: IncludeLine[] = [];
  readonly #files = new Set<string>();
  #length = 0;
  #included = 0;

  constructor(options: SourceOptions) {
    this.#options = options;
  }

  async add(file: string, text: string, folder: string, chain: readonly string[]): Promise<void> {
    const { faults, limits } = this.#options;
    const isOwn = chain.length === 0;
    this.#files.add(file);
    const start: Place = { offset: this.#length, position: { file, line: 1, column: 1 } };
    if (text.length > limits.fileCharacters || this.#length + text.length > limits.totalCharacters) {
      const most = text.length > limits.fileCharacters ? limits.fileCharacters : limits.totalCharacters;
      faults.add('tooLarge', start, `${file} is too large: at most ${most} characters are read`, '');
      return;
    }
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    for (const [index, line] of lines.entries()) {
      const bare = line.replace(/^[ \t]+/, '');
      const position = { file, line: index + 1, column: line.length - bare.length + 1 };
      if (bare.startsWith('--')) {
        // [K] Also a continuation line that begins with the arrow.
        if (/^-->\s*("[^"]*"|[^\s;/]+)\s*(;|\/)/.test(bare))
          faults.add('droppedArrow', { offset: this.#length, position }, 'this line is dropped as a comment', bare);
        this.#comment(bare, position.line, isOwn);
      } else if (bare.startsWith('#include')) {
        const path = bare.slice('#include'.length, maxIncludeCharacters).replace(/^[ '"\t]+|[ '"\t\r]+$/g, '');
        if (isOwn) this.#includes.push({ offset: this.#length, path, position });
        await this.#include(path, position, folder, [...chain, file]);
      } else if (bare.startsWith('#')) this.#comment(bare, position.line, isOwn);
      else {
        if (bare.trim() === '') this.#comment('', position.line, isOwn);
        this.#lines.push({ offset: this.#length, file, line: index + 1, isOwn });
        this.#pieces.push(line, '\n');
        this.#length += line.length + 1;
      }
    }
  }

  source(): Source {
    const lines = this.#lines;
    const file = this.#options.file;
    const find = (offset: number): LineStart => {
      let low = 0;
      let high = lines.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((lines[middle]?.offset ?? 0) <= offset) low = middle;
        else high = middle - 1;
      }
      return lines[low] ?? { offset: 0, file, line: 1, isOwn: true };
    };
    return {
      text: this.#pieces.join(''),
      position: (offset) => {
        const start = find(offset);
        return { file: start.file, line: start.line, column: offset - start.offset + 1 };
      },
      isOwn: (offset) => find(offset).isOwn,
      comments: this.#comments,
      includes: this.#includes,
      files: [...this.#files],
    };
  }

  #comment(text: string, line: number, isOwn: boolean): void {
    if (isOwn) this.#comments.push({ offset: this.#length, line, text: text.trimEnd() });
  }

  async #include(path: string, position: Position, folder: string, chain: readonly string[]): Promise<void> {
    const { faults, limits, files } = this.#options;
    const place: Place = { offset: this.#length, position };
    const refuse = (code: 'includeMissing' | 'includeLoop' | 'tooDeep' | 'unreadable', message: string): void =>
      faults.add(code, place, message, `#include ${path}`);
    if (path === '') return refuse('includeMissing', 'the include names no file');
    if (chain.length > limits.includeDepth)
      return refuse('tooDeep', `includes are nested over ${limits.includeDepth} deep`);
    const full = isAbsolute(path) ? path : join(folder, path);
    // An absolute path's folder is where relative includes in it begin.
    const inner = isAbsolute(path) ? dirname(path) : folder;
    try {
      const names = await files.list(full);
      if (names !== null) {
        const scripts = names.filter((name) => name.endsWith('.dsm')).sort();
        for (const name of scripts) await this.#one(join(full, name), refuse, inner, chain);
        return;
      }
      await this.#one(full, refuse, inner, chain, `${full}.dsm`);
    } catch (fault) {
      if (!(fault instanceof CodedError)) throw fault;
      refuse('unreadable', `${full} cannot be read: ${fault.message}`);
    }
  }

  async #one(
    path: string,
    refuse: (code: 'includeMissing' | 'includeLoop' | 'tooDeep', message: string) => void,
    folder: string,
    chain: readonly string[],
    second?: string,
  ): Promise<void> {
    this.#included++;
    const { limits, files } = this.#options;
    if (this.#included > limits.includes) return refuse('tooDeep', `over ${limits.includes} files are included`);
    let found = path;
    let text = await files.readText(path);
    // Retried with .dsm, unless that is the file which includes.
    if (text === null && second !== undefined && second !== chain.at(-1)) {
      found = second;
      text = await files.readText(second);
    }
    if (text === null) return refuse('includeMissing', `there is no file ${path}`);
    if (chain.includes(found)) return refuse('includeLoop', `${[...chain, found].join(' includes ')}: without end`);
    await this.add(found, text, folder, chain);
  }
}
