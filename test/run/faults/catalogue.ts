import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';

const ROOT = resolve(__dirname, '../../..');
const Id = z.string().regex(/^[a-z]+(-[a-z0-9]+)+$/);
const Words = z.string().min(10);

/** A fault that is made to happen: where, what has to come of it, and the test that makes it and looks. */
export const Injected = z.strictObject({ id: Id, fault: Words, injectedAt: Words, endState: Words, file: z.string(), test: Words });
export type Injected = z.output<typeof Injected>;
/** A fault that this design has no place for. */
export const Impossible = z.strictObject({ id: Id, fault: Words, cannotOccur: Words });
const Catalogue = z.array(Injected.or(Impossible)).superRefine((faults, context) => {
  const ids = faults.map(({ id }) => id);
  for (const id of ids.filter((each, at) => ids.indexOf(each) !== at)) context.addIssue(`${id} is listed twice`);
});
export type Fault = z.output<typeof Catalogue>[number];

export const isInjected = (fault: Fault): fault is Injected => 'file' in fault;

/** The faults of `test/faults.json`, in its order. @throws ZodError naming what is wrong with it */
export const readCatalogue = (): readonly Fault[] => Catalogue.parse(JSON.parse(readFileSync(join(ROOT, 'test', 'faults.json'), 'utf8')));
