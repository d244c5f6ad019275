import { injected } from '../../run/faults/ledger';
import type { Scenario } from '../../e2e/faults/scenarios';
import type { Place } from '../../e2e/faults/place';
import type { WatchedSource } from '../../e2e/faults/watched-source';

/** Nextflow does nothing any more and does not end, while its last task goes on: all work is done, and nobody says so. */
export const nextflowStalled = ({ installation }: Place, source: WatchedSource): Scenario<void> => ({
  source,
  arrange: () => source.slow(source.accessions[1] ?? '', 20),
  play: async () => {
    const [first = '', second = ''] = source.accessions;
    await source.untilAsked(second);
    await source.untilStaged(first);
    const launcher = new RegExp(`nextflow\\.cli\\.Launcher .*/jobs/${source.job().replaceAll('.', '\\.')}/`);
    if (installation.cluster.faults.stopJobProcesses(launcher) === 0) throw new Error(`no Nextflow of ${source.job()} was there`);
    await source.untilStaged(second);
    injected('nextflow-stalled');
    await source.untilSettled();
  },
});
