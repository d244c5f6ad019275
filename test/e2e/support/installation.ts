import { join } from 'node:path';
import type { EmulatorKind } from '../../world/aws/emulator';
import { startInstallation, stopInstallation, type Installation } from '../../world/installation/installation';
import { PROJECT_ROOT } from '../../world/setup/install-once';

export const KINDS: readonly EmulatorKind[] = ['ministack', 'localstack'];
/** Suite caps for two busy cores; nothing is measured by them. */
export const START_CAP_MILLISECONDS = 1_500_000;
const STOP_CAP_MILLISECONDS = 120_000;

export interface TestInstallation {
  /** Names the state folder `.trawl/e2e-<name>-<kind>`; one a test file, so that files never share state. */
  readonly name: string;
  readonly recheckSeconds?: number;
  readonly totalBytes?: number;
  /** Droplets too, where wanted with other settings of the configuration. */
  readonly droplets?: boolean | Readonly<Record<string, unknown>>;
  /** Fields of the installation's configuration, by name at the top level. */
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** Without, nothing can be dispatched; default: with. */
  readonly cluster?: boolean;
  /** Functions are held to the memory that they are deployed with. */
  readonly memoryHeld?: boolean;
  /** The bridge goes over Systems Manager instead of SSH (MiniStack). */
  readonly ssm?: boolean;
  /** Something stands between the functions and AWS and the provider (LocalStack); asked once the hooks before have run. */
  readonly between?: () => Between | undefined;
}

export interface Between {
  readonly awsUrl: string;
  readonly digitalOceanUrl: string;
}

/**
 * One whole installation for the tests of a `describe`: started before the first, ended after the last, also when the start failed.
 * @returns what stands; to be called inside tests only
 */
export function installationFor(kind: EmulatorKind, options: TestInstallation): () => Installation {
  const stateDir = join(PROJECT_ROOT, '.trawl', `e2e-${options.name}-${kind}`);
  let standing: Installation | undefined;
  beforeAll(async () => {
    const between = options.between?.();
    const { droplets = false } = options;
    const apiUrl = between !== undefined && { apiUrl: between.digitalOceanUrl };
    standing = await startInstallation({
      stateDir,
      emulator: kind,
      installation: `e2e-${options.name}`.slice(0, 21),
      totalBytes: options.totalBytes ?? 6_000_000,
      recheckSeconds: options.recheckSeconds ?? 24 * 3_600,
      droplets: droplets !== false && { ...(typeof droplets === 'object' && droplets), ...apiUrl },
      overrides: options.overrides ?? {},
      cluster: options.cluster ?? true,
      memoryHeld: options.memoryHeld ?? false,
      ssm: options.ssm ?? false,
      ...(between !== undefined && { functionsEndpoint: between.awsUrl }),
      say: () => undefined,
    });
  }, START_CAP_MILLISECONDS);
  afterAll(() => stopInstallation(stateDir), STOP_CAP_MILLISECONDS);
  return () => {
    if (standing === undefined) throw new Error('the installation did not start');
    return standing;
  };
}
