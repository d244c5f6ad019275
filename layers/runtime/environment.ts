import type { z } from 'zod';

/** The settings of this function; the only place where the environment is read. @throws ZodError naming every setting that is missing */
export const settings = <E>(schema: z.ZodType<E>): E => schema.parse(process.env);
