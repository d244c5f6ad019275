import { Argument, InvalidArgumentError } from 'commander';
import { resolve } from 'node:path';
import type { Config } from '../../infra/config';
import { parseSourceId } from '../../layers/core/api/source-ids';
import { CliError } from '../errors';

export interface JsonFlag {
  readonly json?: true;
}

/** Parser of an option that takes a whole number from `least` to `most`. */
export const wholeNumber =
  (least: number, most = Infinity) =>
  (text: string): number => {
    if (!/^-?\d{1,15}$/.test(text)) throw new InvalidArgumentError('It is not a whole number.');
    if (Number(text) < least) throw new InvalidArgumentError(`It is less than ${least}.`);
    if (Number(text) > most) throw new InvalidArgumentError(`It is more than ${most}.`);
    return Number(text);
  };

/** Parser of an option that takes a number, such as 0.25; zero only where it makes sense. */
export const decimalNumber =
  ({ zero }: { readonly zero: boolean }) =>
  (text: string): number => {
    if (!/^\d{1,12}(\.\d{1,9})?$/.test(text)) throw new InvalidArgumentError('It is not a number such as 0.25.');
    if (!zero && Number(text) === 0) throw new InvalidArgumentError('It must be more than 0.');
    return Number(text);
  };

export const sourceArgument = (): Argument => new Argument('<source>', 'taxon:562, 562 or PRJEB1787');

/** The path of a source that a person named; a mistyped id is told before anything is sent. */
export function sourcePath(id: string): string {
  const parsed = parseSourceId(id);
  if (parsed.outcome === 'invalid') throw new CliError(`${JSON.stringify(id)} ${parsed.reason}`, 'see "trawl list" for the sources', 2);
  // As it is stored: a colon may stand in a path as it is, and arrives unchanged everywhere.
  return `/sources/${parsed.sourceId}`;
}

/** Checked here and not by commander, which would complain of the missing option before it names the mistyped one. */
export function needed(option: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new CliError(`option ${option} is needed`, 'see "--help" of this command', 2);
  return value;
}

/** The configuration that `--config` names. @throws CliError that names the file and all that is wrong in it */
export function configOf(path: string | undefined): Config {
  const file = resolve(needed('--config <file>', path));
  // Loaded here, because no other command needs it.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { readConfig } = require('../../infra/config') as typeof import('../../infra/config');
  try {
    return readConfig(file);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new CliError(`the configuration cannot be used: ${said}`, 'infra/config.ts says every field and its default', 2, {
      cause: error,
    });
  }
}
