import type { EmulatorKind } from '../../world/aws/emulator';
import { installationFor } from './installation';
import { adopting } from './scenarios/adopting';
import { approval } from './scenarios/approval';
import { badInput, archiveFallsSilent, silentArchive } from './scenarios/bad-input';
import { badListings } from './scenarios/bad-listings';
import { firstCatch } from './scenarios/catch';
import { caughtAlone } from './scenarios/caught-alone';
import { changedFile } from './scenarios/changed-file';
import { eitherOrder } from './scenarios/either-order';
import { lettingGo } from './scenarios/letting-go';
import { nobodyLogsIn } from './scenarios/nobody-logs-in';
import { twoStages } from './scenarios/two-stages';

/** The default, but for a place more for cycles: one source waits for an archive that is silent. */
const CAPS = { total: 4, pools: { scheduled: 4, manual: 2 }, providers: { slurm: 4 }, homeFreeBytesMin: 1_000_000_000, cyclesAtOnce: 6 };

/**
 * The main job through the deployed stack with real Slurm, sshd and Nextflow: one story on one installation, told in order. A file for
 * each emulator, so that either can be run alone.
 */
export function firstCatchStory(kind: EmulatorKind): void {
  describe(`the deployed stack on ${kind}`, () => {
    // The bridge goes over SSH on one emulator, over Systems Manager on the other.
    const ssm = kind === 'ministack';
    const standing = installationFor(kind, { name: 'catch', overrides: { caps: CAPS }, ssm });
    describe('bad input', () => badInput(standing));
    describe('an archive that falls silent', () => archiveFallsSilent(standing));
    describe('the first catch', () => firstCatch(standing));
    describe('a row that appears', () => caughtAlone(standing, () => eitherOrder(standing)));
    describe('a file that changes', () => changedFile(standing));
    describe('a workflow of two stages', () => twoStages(standing));
    describe('a plan above its limits', () => approval(standing));
    describe('what the laboratory holds already', () => adopting(standing));
    describe('answers that are no listing', () => badListings(standing));
    describe('letting go', () => lettingGo(standing));
    describe('an archive that stays silent', () => silentArchive(standing));
    if (ssm) describe('Systems Manager', () => nobodyLogsIn(`e2e-catch-${kind}`));
  });
}
