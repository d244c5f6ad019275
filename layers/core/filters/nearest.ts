/** The word of a list that a mistyped one was most likely meant to be; undefined where none is near. Letter case does not count. Pure. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const typed = word.toLowerCase();
  const limit = typed.length < 4 ? 1 : Math.max(2, Math.floor(typed.length / 3));
  const near = words
    .map((candidate) => ({ candidate, steps: isPartOf(typed, candidate.toLowerCase()) ? 1 : stepsBetween(typed, candidate.toLowerCase()) }))
    .filter(({ steps }) => steps <= limit)
    .sort((one, other) => one.steps - other.steps);
  return near[0]?.candidate;
}

/** `, did you mean "WGS"?`, or nothing. */
export const meant = (word: string, words: readonly string[]): string => {
  const near = nearest(word, words);
  return near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
};

/** `NovaSeq 6000` for `Illumina NovaSeq 6000`: people leave out a maker's name, or a part behind. */
const isPartOf = (typed: string, candidate: string): boolean =>
  typed.length >= 4 && (candidate.startsWith(typed) || candidate.endsWith(typed));

/** Levenshtein: letters put in, left out or replaced. */
function stepsBetween(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [row, letter] of Array.from(one).entries()) {
    const line = [row + 1];
    for (let at = 1; at <= other.length; at += 1) {
      const replaced = (above[at - 1] ?? 0) + (letter === other[at - 1] ? 0 : 1);
      line.push(Math.min(replaced, (above[at] ?? 0) + 1, (line[at - 1] ?? 0) + 1));
    }
    above = line;
  }
  return above[other.length] ?? one.length;
}
