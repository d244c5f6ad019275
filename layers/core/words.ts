/** `1 batch`, `2 batches`: a count with its noun, for people. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** The words of several texts, each once, in their order. Pure. */
export const uniqueWords = (texts: readonly (string | undefined)[]): string =>
  [...new Set(texts.flatMap((text = '') => text.split(' ')).filter((word) => word !== ''))].join(' ');
