import { isReproducible } from '../lifecycle/reproducible';
import type { StoredObject } from '../ports/outside';
import type { AttemptManifest, PlannedRun, RunReport, Stage } from '../wire';
import { rescuedKeyOf } from './keys';

/** What a rescue is judged by. */
export interface RescueEvidence {
  readonly manifest: AttemptManifest;
  /** The manifest that the worker signed at the end of its job; absent where it left none. */
  readonly report: RunReport | undefined;
  /** Accessions that are verified at home already: nothing of them has to be rescued. */
  readonly verified: ReadonlySet<string>;
  /** Everything below `rescued/<worker>/`, as the bucket lists it. */
  readonly stored: readonly StoredObject[];
  /** What the worker says that it put there. */
  readonly said: { readonly files: number; readonly bytes: number };
}
interface Reference {
  readonly bytes: number;
  readonly md5: string;
  /** The worker said that it has it whole. */
  readonly needed: boolean;
}

/**
 * Why the bucket does not hold what the worker has, with the first file that shows it; undefined where it does. A worker's word counts for nothing but to
 * say which runs it finished: sizes and md5 are those of the stored listing, and only of files that the worker derived those of its signed manifest (I6). Pure.
 */
export function faultOfRescue(evidence: RescueEvidence): string | undefined {
  const { manifest, report, stored, said } = evidence;
  if (stagesIn(manifest).some((stage) => !isReproducible(stage)) && report === undefined)
    return 'it left no signed manifest to compare its files with';
  const there = new Map(stored.map((object) => [object.key, object]));
  for (const [path, wanted] of referencesOf(evidence)) {
    const object = there.get(rescuedKeyOf(manifest.workerId, path));
    const fault = object === undefined ? wanted.needed && 'is not in the bucket' : differenceOf(object, wanted);
    if (fault) return `${path} ${fault}`;
  }
  const bytes = stored.reduce((sum, object) => sum + object.bytes, 0);
  if (said.files > stored.length || said.bytes > bytes)
    return `it says ${said.files} files of ${said.bytes} bytes, the bucket holds ${stored.length} of ${bytes} bytes`;
  return undefined;
}

function differenceOf(object: StoredObject, wanted: Reference): string | undefined {
  if (object.bytes !== wanted.bytes) return `has ${object.bytes} bytes in the bucket, ${wanted.bytes} are expected`;
  if (object.md5 !== wanted.md5) return `has md5 ${object.md5 ?? 'unknown'} in the bucket, ${wanted.md5} is expected`;
  return undefined;
}

/** By path below the worker's directory. */
function referencesOf({ manifest, report, verified }: RescueEvidence): ReadonlyMap<string, Reference> {
  const words = new Map(report?.runs.map((run) => [run.accession, run]));
  return new Map(
    manifest.runs
      .filter(({ accession }) => !verified.has(accession))
      .flatMap((run) => stagesIn(manifest).flatMap((stage) => ofStage(stage, run, words.get(run.accession)))),
  );
}

const stagesIn = ({ earlier, stage }: AttemptManifest): readonly Stage[] => [...earlier, stage];

function ofStage(stage: Stage, { accession, files }: PlannedRun, word: RunReport['runs'][number] | undefined) {
  // Where there was one stage, what is said of the run is said of it.
  const said = word?.stages == null ? word : word.stages.find((one) => one.stage === stage.name);
  const reference = isReproducible(stage) ? files : (said?.files ?? []);
  // Of a run that it failed nothing is worth having; of one that it said nothing about, what is there.
  const needed = said?.result === 'done';
  return (said?.result === 'failed' ? [] : reference).map(
    ({ name, bytes, md5 }) => [`${stage.name}/${accession}/${name}`, { bytes, md5, needed }] as const,
  );
}
