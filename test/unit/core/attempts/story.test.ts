import { storyOf, TAIL_LENGTH, tailOf } from '../../../../layers/core/attempts/story';

const endedAt = '2026-11-21T08:00:00.000Z';
const attempt = (number: number, with_: object = {}) => ({
  ...{ attempt: number, cause: 'start-deadline', detail: '0 of 2 runs verified; start-deadline: 2', endedAt },
  ...with_,
});

test('the story has each attempt with its cause, whose fault that is, its place, cost and last words', () => {
  const attempts = [
    attempt(2, { cause: 'nextflow-failed', provider: 'slurm', node: 'n7', tail: 'line 1\nline 2', dollars: 0 }),
    attempt(1, { provider: 'droplet', place: 'ubuntu/fra1/s-1vcpu-1gb', dollars: 0.0179 }),
  ];
  expect(storyOf({ batchId: 'study-PRJEB1.1.1', attempts })).toBe(
    [
      'study-PRJEB1.1.1',
      'attempt 1 at droplet ubuntu/fra1/s-1vcpu-1gb: start-deadline (a machine, a node, or a connection on this side): 0 of 2 runs verified; start-deadline: 2; it cost $0.02',
      'attempt 2 at slurm n7: nextflow-failed (Trawl, its kit or its settings): 0 of 2 runs verified; start-deadline: 2',
      '  line 1',
      '  line 2',
    ].join('\n'),
  );
});

test('of many attempts the first and the last are told, and where the others are', () => {
  const attempts = Array.from({ length: 20 }, (_, index) => attempt(index + 1));
  const lines = storyOf({ batchId: 'b', attempts }).split('\n');
  expect(lines.map((line) => /^attempt (\d+)/.exec(line)?.[1])).toEqual([undefined, '1', undefined, '16', '17', '18', '19', '20']);
  expect(lines[2]).toContain('14 more');
});

test.each([
  { text: undefined, tail: undefined },
  { text: null, tail: undefined },
  { text: ' \n', tail: undefined },
  { text: `${'x'.repeat(TAIL_LENGTH)}end\n`, tail: `${'x'.repeat(TAIL_LENGTH - 3)}end` },
])('last words are the end of what was said: $text', ({ text, tail }) => {
  expect(tailOf(text)).toBe(tail);
});
