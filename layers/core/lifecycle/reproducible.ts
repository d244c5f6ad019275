/** Stages whose results anybody can make again: *fetch* only copies files that ENA serves. */
const REPRODUCIBLE_STAGES: ReadonlySet<string> = new Set(['fetch']);
export const isReproducible = ({ name }: { readonly name: string }): boolean => REPRODUCIBLE_STAGES.has(name);

interface Work {
  readonly stage: { readonly name: string };
  readonly earlier: readonly object[];
  readonly inputs: readonly object[];
}
/** Everything that an attempt brings is a file of the plan: what it has can be judged before it ends, without the manifest that it signs then. */
export const isAllListed = ({ stage, earlier, inputs }: Work): boolean => earlier.length + inputs.length === 0 && isReproducible(stage);
