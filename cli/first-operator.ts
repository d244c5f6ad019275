import { randomBytes } from 'node:crypto';
import type { Stores } from '../layers/core/ports/stores';
import { settleFirstOperator } from '../layers/core/tokens/issue';
import { CliError } from './errors';

export const operatorTokenParameter = (installation: string): string => `/trawl/${installation}/operator-token`;
export const newOperatorToken = (): string => `trawl_${randomBytes(32).toString('base64url')}`;

/** What a change of the first operator's token touches. */
export interface FirstOperatorPlaces {
  /** Where it is kept. `read` gives undefined where there is none. */
  readonly parameter: { read(): Promise<string | undefined>; write(value: string): Promise<void> };
  readonly stores: Pick<Stores, 'tokens'>;
  readonly now: () => Date;
}

/**
 * A new token for the first operator; the one before is refused from the next request on. One that was ended anywhere is repeated, which makes another new one; `trawl init`
 * ends it too.
 * @returns the new token
 * @throws CliError before `trawl init`
 */
export async function rotateFirstOperator(places: FirstOperatorPlaces, make: () => string): Promise<string> {
  const { parameter } = places;
  const kept = async (): Promise<string> => {
    const token = await parameter.read();
    if (token === undefined) throw new CliError('there is no token of a first operator yet', 'trawl init --installation NAME');
    return token;
  };
  // First the one that stands, so that its hash is in the table under its name: only there can it be found once SSM has another.
  const old = await settleFirstOperator(places, kept);
  await parameter.write(make());
  const token = await settleFirstOperator(places, kept);
  if (token === old) throw new CliError('SSM still answers with the old token, which still opens the API', 'repeat the command', 3);
  return token;
}
