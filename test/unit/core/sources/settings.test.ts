import type { Source } from '../../../../layers/core/entities';
import { changeOf, SourceSettings } from '../../../../layers/core/sources/settings';
import { source as anySource } from '../../../contract/stores/samples';

const NOW = new Date('2026-11-21T10:00:00.000Z');
const CHECKED = '2026-11-21T08:00:00.000Z';
const source = (with_: Partial<Source> = {}): Source => anySource('taxon:562', { recheckSeconds: 3600, ...with_ });
const query = { field: 'library_strategy', operator: '=', value: 'WGS' } as const;

test.each<{ name: string; settings: SourceSettings; set: Partial<Source>; lines: readonly string[]; of?: Partial<Source> }>([
  { name: 'nothing given changes nothing', settings: {}, set: {}, lines: [] },
  { name: 'what is so already changes nothing', settings: { priority: 3, limits: { runs: 10 } }, set: {}, lines: [] },
  { name: 'a priority', settings: { priority: 6 }, set: { priority: 6 }, lines: ['priority 3 → 6'] },
  {
    name: 'one limit leaves the others',
    settings: { limits: { dollars: 2 } },
    set: { limits: { runs: 10, bytes: 10, dollars: 2 } },
    lines: ['limits {"runs":10,"bytes":10,"dollars":0} → {"runs":10,"bytes":10,"dollars":2}'],
  },
  {
    name: 'days, counted from the last check',
    settings: { recheckDays: 2 },
    of: { lastCheckedAt: CHECKED, nextCheckAt: '2026-11-21T09:00:00.000Z' },
    set: { recheckSeconds: 172_800, nextCheckAt: '2026-11-23T08:00:00.000Z' },
    lines: ['recheckSeconds 3600 → 172800'],
  },
  {
    name: 'a longer interval leaves a check that comes early after a failure',
    settings: { recheckDays: 2 },
    of: { lastCheckedAt: CHECKED, nextCheckAt: '2026-11-21T08:15:00.000Z' },
    set: { recheckSeconds: 172_800, nextCheckAt: '2026-11-21T08:15:00.000Z' },
    lines: ['recheckSeconds 3600 → 172800'],
  },
  {
    name: 'another query, and with it a check at once',
    settings: { extraQuery: query },
    of: { lastCheckedAt: CHECKED, nextCheckAt: '2026-12-21T09:00:00.000Z' },
    set: { extraQuery: query, nextCheckAt: NOW.toISOString() },
    lines: [`extraQuery none → ${JSON.stringify(query)}`],
  },
])('$name', ({ settings, set, lines, of = {} }) => {
  expect(changeOf(source(of), settings, NOW)).toEqual({ set, remove: [], lines });
});

test('null takes the query away', () => {
  expect(changeOf(source({ extraQuery: query }), { extraQuery: null }, NOW)).toMatchObject({ remove: ['extraQuery'] });
  expect(changeOf(source(), { extraQuery: null }, NOW)).toMatchObject({ remove: [], lines: [] });
});

test('all that is wrong is named at once', () => {
  const wrong = {
    ...{ priority: 7, recheckSeconds: 5, recheckDays: 1, provider: 'cloud', workflow: 'No Name', limits: { runs: 0, cores: 1 } },
    ...{ extraQuery: { field: 'x', operator: '=', value: 'y' }, prio: 1 },
  };
  const paths = SourceSettings.safeParse(wrong).error?.issues.map(({ path }) => path.join('.'));
  expect([...new Set(paths)].sort()).toEqual(
    ['', 'extraQuery.field', 'limits', 'limits.runs', 'priority', 'provider', 'recheckDays', 'recheckSeconds', 'workflow'].sort(),
  );
});
