import { z } from 'zod';

/** The page is the same everywhere: it asks the API for what it shows. */
export const Env = z.object({});
