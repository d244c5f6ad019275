/** A workflow of three stages over droplets and the cluster, with a join: something dies in each stage, and in between everything is deployed anew. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { agreeingWithArchive, filesAtHome } from '../world/demo/check-home';
import { trawlJson } from '../world/installation/trawl-cli';
import { aliveOf, dropletsOf } from '../e2e/droplets/machines';
import { castOf } from '../e2e/faults/cast';
import { causesOf, untilNoJobLeft } from '../e2e/faults/expectations';
import { placeFor } from '../e2e/faults/place';
import { nameToTrawl } from '../e2e/faults/watched-source';
import { killedInEach } from './workflow/killed-in-each';
import { prepareWorkflow } from './workflow/pipelines';

/** What `stages/<stage>/<run>` leads to at home. */
function seenAtHome(root: string, slug: string, stage: string): Readonly<Record<string, unknown>> {
  const folder = join(root, 'sources', slug, 'stages', stage);
  const runs = existsSync(folder) ? readdirSync(folder).sort() : [];
  return Object.fromEntries(runs.map((run) => [run, JSON.parse(readFileSync(join(folder, run, 'seen.json'), 'utf8')) as unknown]));
}

describe('a workflow of three stages with a join', () => {
  jest.setTimeout(2_400_000);
  const place = placeFor('ministack', { name: 'workflow', droplets: true });
  const { gather, the } = castOf(['one'], { one: 4 });

  it('comes home over droplets and the cluster, killed in each stage once and deployed anew in between', async () => {
    await gather(place());
    const source = the('one');
    const { cluster, emulator, ena, access } = place().installation;
    const folder = join(emulator.stateDir, '..', 'workflow');
    mkdirSync(folder, { recursive: true });
    const prepared = prepareWorkflow(folder);
    await trawlJson(access, ['workflow', 'import', prepared.workflowPath]);
    for (const accession of source.accessions) await source.slow(accession, 20);
    await nameToTrawl(place(), [source], '--workflow', 'three-places');
    await killedInEach(place(), source, prepared);

    expect(await source.now()).toMatchObject({ lastRunStatus: 'complete', counts: { complete: 4, failed: 0 } });
    expect(await causesOf(source)).toEqual([
      ['machine-gone', 'finished'],
      ['finished'],
      ['nextflow-died', 'finished'],
      ['finished'],
      ['cancelled', 'finished'],
    ]);
    const id = (batch: number): string => `${source.slug}.1.${batch}`;
    expect((await source.batches()).map(({ parents }) => parents)).toEqual([undefined, undefined, [id(1)], [id(2)], [id(3), id(4)]]);
    expect(await dropletsOf(place(), source)).toHaveLength(3);
    expect(await aliveOf(place(), source)).toEqual([]);
    await untilNoJobLeft(place(), source);
    const files = (await filesAtHome(cluster.root)).filter(({ accession }) => source.accessions.includes(accession));
    expect(files.map(({ accession }) => accession)).toEqual(source.accessions);
    expect(await agreeingWithArchive(files, ena)).toEqual(files);
    const looked = seenAtHome(cluster.root, source.slug, 'look');
    expect(Object.keys(looked)).toEqual(source.accessions);
    expect(Object.values(looked)).toEqual(
      files.map(({ bytes }) => ({ runs: [expect.any(String), expect.any(String)] as unknown, sizes: { fetch: bytes } })),
    );
    // The join saw all four, with what both stages before it had made of each.
    const saw = (bytes: number) => ({ runs: source.accessions, sizes: { fetch: bytes, look: expect.any(Number) as unknown } });
    expect(Object.values(seenAtHome(cluster.root, source.slug, 'compare'))).toEqual(files.map(({ bytes }) => saw(bytes)));
  });
});
