/** `1 batch`, `2 batches`: a count with its noun, for people. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
