import { sourceKeys } from '../discovery/keys';
import type { Source } from '../entities';
import { fetchKeyOf } from '../ids';
import { chunksOf } from '../use-cases/chunks';
import type { Deps } from '../use-cases/deps';
import type { Known } from '../ports/stores';
import { knownInMotion } from '../use-cases/known-in-motion';
import { PlannedRun, type Stage } from '../wire';

/** Bounds of one adopt job: the document that goes to the cluster stays below 10 MB, and hashing at 20 MB/s below 14 hours. */
export const ADOPT_RUNS = 5_000;
export const ADOPT_BYTES = 1_000_000_000_000;

export interface AdoptPart {
  /** To be looked for: due, nowhere in work. */
  readonly runs: readonly PlannedRun[];
  readonly bytes: number;
  /** Line of `due.jsonl` at which the next part begins. */
  readonly next: number;
  readonly isLast: boolean;
}
type PartDeps = Pick<Deps, 'stores' | 'objects'> & { readonly stage: Pick<Stage, 'name' | 'revision'> };

/**
 * The next runs that may be adopted: what the last comparison found due, from a line on, without what is verified by now and what a batch
 * has claimed: that one brings them. Reads only.
 */
export async function nextAdoptPart(deps: PartDeps, source: Pick<Source, 'sourceId' | 'listingCycle'>, from: number): Promise<AdoptPart> {
  const found: PlannedRun[] = [];
  let [line, bytes, isLast] = [0, 0, true];
  for await (const text of deps.objects.readLines(sourceKeys(source.sourceId, source.listingCycle).due)) {
    if (text === '') continue;
    line += 1;
    if (line <= from) continue;
    if (found.length >= ADOPT_RUNS || bytes >= ADOPT_BYTES) {
      line -= 1;
      isLast = false;
      break;
    }
    const run = PlannedRun.parse(JSON.parse(text));
    found.push(run);
    bytes += run.files.reduce((sum, file) => sum + file.bytes, 0);
  }
  return { runs: await stillOpen(deps, found), bytes, next: line, isLast };
}

async function stillOpen({ stores, stage }: PartDeps, runs: readonly PlannedRun[]): Promise<readonly PlannedRun[]> {
  const keyOf = (run: PlannedRun): string => fetchKeyOf(run.accession, run.filesHash, stage.name, stage.revision);
  const open: PlannedRun[] = [];
  for (const chunk of chunksOf(runs)) {
    const known = await knownInMotion(stores, chunk.map(keyOf));
    const isOpen = ({ claim, outcome }: Known = {}): boolean => claim === undefined && outcome?.result !== 'complete';
    open.push(...chunk.filter((run) => isOpen(known.get(keyOf(run)))));
  }
  return open;
}
