/** Stages whose results anybody can make again: *fetch* only copies files that ENA serves. */
const REPRODUCIBLE_STAGES: ReadonlySet<string> = new Set(['fetch']);
export const isReproducible = ({ name }: { readonly name: string }): boolean => REPRODUCIBLE_STAGES.has(name);
