import { readFileSync } from 'node:fs';
import type { FilterDocument } from '../layers/core/filters/document-schema';
import { readFilters, type Found } from '../layers/core/filters/read-filters';
import { counted } from '../layers/core/words';
import { CliError } from './errors';

export interface FilterFile {
  readonly filters: FilterDocument;
  readonly warnings: readonly Found[];
}
export type FilterFileRead = ({ readonly outcome: 'valid' } & FilterFile) | Extract<ReturnType<typeof readFilters>, { outcome: 'invalid' }>;

export const foundLine = ({ at, message }: Found): string => `  ${at === '' ? 'the document' : at}: ${message}`;

const nameOf = (file: string): string => (file === '-' ? 'standard input' : file);

function textOf(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(`${nameOf(file)} cannot be read: ${reason}`, undefined, 2, { cause: error });
  }
}

/** Reads a filter document (`-`: standard input) with all that is wrong in it. @throws CliError when it is no JSON */
export function checkFilterFile(file: string): FilterFileRead {
  const text = textOf(file);
  try {
    return readFilters(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CliError(`${nameOf(file)} is not JSON: ${error.message}`, 'a filter document looks so: {"v": 1, "rules": []}', 2, {
      cause: error,
    });
  }
}

/** @throws CliError that names every problem */
export function soundFilters(file: string, read: FilterFileRead): FilterFile {
  if (read.outcome === 'valid') return read;
  throw new CliError(
    `${nameOf(file)} has ${counted(read.problems.length, 'problem')}\n${read.problems.map(foundLine).join('\n')}`,
    '"trawl filter rules" lists the rules and their parameters',
    2,
  );
}

/** @throws CliError when it is no sound filter document */
export const readFilterFile = (file: string): FilterFile => soundFilters(file, checkFilterFile(file));
