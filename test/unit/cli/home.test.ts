import { event, source } from '../../contract/stores/samples';
import { endOperation } from '../../../layers/core/use-cases/operations';
import { containing } from '../matchers';
import { installationForEach, trawl } from './installation';

const NOW = new Date('2026-11-21T10:00:00.000Z');
const installation = installationForEach();
beforeEach(async () => {
  await installation().api.stores.sources.add(source('taxon:562', { listingCycle: 1 }), event('taxon:562', 'source-added'));
});

/** Ends the operation that a command waits for, once it has begun. */
async function came(counts: Readonly<Record<string, number>>, more: object = {}): Promise<void> {
  const { operations } = installation().api.stores;
  for (;;) {
    const [running] = await operations.running(1);
    const result = { counts, bytes: 2_000_000, problems: [], unknownNames: [], reports: [], ...more };
    if (running) {
      await endOperation({ stores: installation().api.stores, now: () => NOW }, running.operationId, 'finish', { result });
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('adopt waits for the end and says per run what was not taken', async () => {
  const problems = [{ accession: 'ERR1', result: 'md5-differs', detail: 'ERR1.fastq.gz has md5 a, listed b' }];
  const [{ code, stdout }] = await Promise.all([
    trawl('adopt', '/lab/raw', '--source', '562'),
    came({ adopted: 3, 'md5-differs': 1, 'unknown-name': 1 }, { problems, unknownNames: ['ERR9.fastq.gz'] }),
  ]);
  expect(code).toBe(0);
  for (const part of ['3  adopted', '1  md5 differs from ENA', '2.0 MB', 'ERR1.fastq.gz has md5 a', 'ERR9.fastq.gz'])
    expect(stdout).toContain(part);
});

test('adopt needs an absolute path and a source, and takes one way only; nothing is sent else', async () => {
  for (const args of [['lab/raw', '--source', '562'], ['/lab/raw'], ['/lab/raw', '--source', '562', '--link', '--in-place']]) {
    expect(await trawl('adopt', ...args)).toMatchObject({ code: 2 });
  }
  expect(installation().requests).toEqual([]);
});

test('verify ends 1 where something is not as it was published, 0 where all is', async () => {
  const problems = [{ accession: 'ERR1', result: 'damaged', detail: 'runs/x: md5, expected a, found b' }];
  const [bad] = await Promise.all([trawl('verify', '562'), came({ checked: 4, damaged: 1 }, { problems })]);
  expect(bad).toMatchObject({ code: 1, stdout: containing('expected a, found b'), stderr: containing('--refetch') });
  const [good] = await Promise.all([trawl('verify'), came({ checked: 4 })]);
  expect(good).toMatchObject({ code: 0, stdout: containing('4 runs hashed (2.0 MB), 0 damaged, 0 missing.') });
});

test('what is not waited for is named, and --refetch is about one source', async () => {
  expect(await trawl('verify', '562', '--refetch', '--no-wait')).toMatchObject({ code: 0, stdout: containing('trawl operation show') });
  expect((await installation().api.stores.operations.running(9))[0]?.request).toMatchObject({ refetch: true, sources: ['taxon:562'] });
  expect(await trawl('verify', '--refetch')).toMatchObject({ code: 2, stderr: containing('--refetch needs a source') });
});
