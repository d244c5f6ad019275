import { z } from 'zod';
import { Time } from '../entity-words';

/** The token that `trawl init` makes and SSM keeps. It always stands, so that there is no installation without an operator. */
export const FIRST_OPERATOR = 'first-operator';

export const TokenName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, 'is no name of a token: small letters, digits and "-", at most 31, a letter first');

/** A token for a person or a program, by its name, which is who did it in history. Tokens of sites are none of these: see `Site`. */
export const IssuedToken = z.object({
  name: TokenName,
  role: z.enum(['viewer', 'operator']),
  /** Lower-case hex sha256 of the token, which is nowhere kept. */
  tokenHash: z.string(),
  createdAt: Time,
  createdBy: z.string(),
  /** From then on it opens nothing. */
  revokedAt: Time.optional(),
  revokedBy: z.string().optional(),
});
export type IssuedToken = z.infer<typeof IssuedToken>;

/** A token that cannot be guessed: `newId` gives random UUIDs. */
export const newToken = (newId: () => string): string => `trawl_${newId()}${newId()}`.replaceAll('-', '');
