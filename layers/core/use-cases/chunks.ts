/** Calls to the table take at most 100 keys. */
export const chunksOf = <T>(items: readonly T[], size = 100): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
