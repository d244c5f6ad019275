import { z } from 'zod';
import { CycleSummary, IncludedRun } from '../../../layers/core/discovery/documents';
import { listingKeys, planKey, sourceKeys } from '../../../layers/core/discovery/keys';
import type { Source } from '../../../layers/core/entities';
import { slug } from '../../../layers/core/ids';
import { BatchPlan } from '../../../layers/core/wire';
import { listedRuns } from '../../e2e/support/archive';
import { sourceOf, type Place } from './place';

/** Everything that a bad answer must leave as it is. */
export async function known({ stores, objects }: Place, study: string): Promise<unknown> {
  const sourceId = sourceOf(study);
  const source = await stores.sources.get(sourceId);
  if (source === undefined) throw new Error(`${sourceId} is gone`);
  const { listingCycle, counts, plannedBatches, phase, approval, approvalReason } = source;
  const prefixes = [`sources/${slug(sourceId)}/`, `plans/${slug(sourceId)}`];
  return {
    ...{ listingCycle, counts, plannedBatches, phase, approval, approvalReason },
    batches: await stores.batches.ofSource(sourceId),
    documents: (await Promise.all(prefixes.map((prefix) => objects.list(prefix)))).flat(),
  };
}

const Evidence = z.looseObject({
  query: z.string(),
  askedAt: z.string(),
  verdict: z.looseObject({ outcome: z.string(), code: z.string().optional(), detail: z.string().optional() }),
});

/** What is kept of a cycle's answer, for a person who doubts it. */
export async function evidenceOf({ objects }: Place, study: string, cycle: number) {
  const keys = listingKeys(sourceOf(study), cycle);
  return { evidence: await objects.getJson(keys.evidence, Evidence), hasRaw: await objects.exists(keys.raw) };
}

export async function summaryOf({ objects }: Place, study: string, cycle: number): Promise<CycleSummary> {
  const summary = await objects.getJson(sourceKeys(sourceOf(study), cycle).summary, CycleSummary);
  if (summary === undefined) throw new Error(`${study} has no summary of cycle ${cycle}`);
  return summary;
}

/** Runs of the plan in force: every batch that waits for the approval, each run as often as it stands there. */
export async function plannedRuns({ stores, objects }: Place, { sourceId, listingCycle }: Source): Promise<readonly string[]> {
  const batches = (await stores.batches.ofSource(sourceId)).filter(({ status }) => status === 'planned');
  if (batches.some(({ cycle }) => cycle !== listingCycle)) throw new Error(`${sourceId}: a batch of an older plan is still planned`);
  const plans = await Promise.all(batches.map(({ batchId }) => objects.getJson(planKey(batchId), BatchPlan)));
  return plans.flatMap((plan) => plan?.runs.map(({ accession }) => accession) ?? []).sort();
}

export async function includedRuns({ objects }: Place, { sourceId, listingCycle }: Source): Promise<readonly string[]> {
  const accessions: string[] = [];
  for await (const line of objects.readLines(sourceKeys(sourceId, listingCycle).included))
    accessions.push(IncludedRun.parse(JSON.parse(line)).accession);
  return accessions.sort();
}

/** Nothing lost, nothing doubled: the runs that the archive itself names with files are those of the plan, each once; no other is known. */
export async function expectWhole(place: Place, study: string, source: Source): Promise<void> {
  const { withFiles, withoutFiles } = await listedRuns(place.installation, `study_accession="${study}"`);
  const planned = await plannedRuns(place, source);
  const { known: runs, states } = await summaryOf(place, study, source.listingCycle);
  expect({ runs, left: runs - states.due }).toEqual({
    runs: withFiles.length + withoutFiles.length,
    left: withFiles.length + withoutFiles.length - planned.length,
  });
  expect(planned).toEqual(await includedRuns(place, source));
  expect(new Set(planned).size).toBe(planned.length);
  expect(withFiles).toEqual(expect.arrayContaining([...planned]));
  expect(source.counts).toMatchObject({ known: runs, excluded: states.excluded });
}
