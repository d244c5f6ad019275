import { oldVersions, removeOldVersions } from '../../../../layers/core/reaping/old-versions';

const NOW = new Date('2026-06-01T00:00:00.000Z');
const published = (version: string, daysAgo: number) => ({
  version,
  publishedAt: new Date(NOW.getTime() - daysAgo * 86_400_000).toISOString(),
});

test.each([
  ['the only one, however old', [published('1', 400)], []],
  ['the newest, and one replaced less than 90 days ago', [published('1', 400), published('2', 89)], []],
  ['nothing else: one replaced longer ago goes', [published('1', 400), published('2', 91)], ['1']],
  ['by number, not by text or by place', [published('10', 1), published('9', 100), published('8', 200)], ['8']],
  ['nothing of none', [], []],
])('kept is %s', (_, versions, old) => {
  expect(oldVersions(versions, NOW)).toEqual(old);
});

test('of each function its own go, one by one', async () => {
  const gone: string[] = [];
  const functions = {
    list: async () => [
      { name: 'trawl-a', versions: [published('1', 300), published('2', 200), published('3', 1)] },
      { name: 'trawl-b', versions: [published('7', 300)] },
    ],
    remove: async (name: string, version: string) => void gone.push(`${name}:${version}`),
  };
  expect(await removeOldVersions(functions, NOW)).toBe(1);
  expect(gone).toEqual(['trawl-a:1']);
});
