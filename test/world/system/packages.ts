/** A Debian or Ubuntu package and how to see, without asking dpkg, that what Trawl needs of it is there. */
export type SystemPackage = {
  readonly name: string;
  readonly commands: readonly string[];
  /** Asks one of the commands for its version; the first number of the answer must reach `least`. */
  readonly version?: { readonly argv: readonly [string, ...string[]]; readonly pattern: RegExp; readonly least: number };
};

/** All system packages that Trawl's world can need. A command found by other means (a module, /usr/local) is as good as the package. */
export const systemPackages = {
  'slurm-wlm': { name: 'slurm-wlm', commands: ['slurmctld', 'slurmd', 'sbatch', 'squeue', 'scontrol'] },
  slurmdbd: { name: 'slurmdbd', commands: ['slurmdbd', 'sacct'] },
  'mariadb-server': { name: 'mariadb-server', commands: ['mariadbd', 'mariadb-install-db'] },
  munge: { name: 'munge', commands: ['munged'] },
  'openssh-server': { name: 'openssh-server', commands: ['sshd'] },
  'openssh-client': { name: 'openssh-client', commands: ['ssh', 'ssh-keygen'] },
  chromium: { name: 'chromium', commands: ['chromium'] },
  rsync: { name: 'rsync', commands: ['rsync'] },
  shellcheck: { name: 'shellcheck', commands: ['shellcheck'] },
  bubblewrap: { name: 'bubblewrap', commands: ['bwrap'] },
  maven: { name: 'maven', commands: ['mvn'] },
  'default-jre-headless': {
    name: 'default-jre-headless',
    commands: ['java'],
    // Nextflow 24.10 runs on Java 17 to 23.
    version: { argv: ['java', '-version'], pattern: /version "(\d+)/, least: 17 },
  },
  // Debian leaves ensurepip out of python3: without it `python3 -m venv` fails.
  'python3-venv': {
    name: 'python3-venv',
    commands: ['python3'],
    version: { argv: ['python3', '-c', 'import ensurepip; print("ensurepip", 1)'], pattern: /ensurepip (1)/, least: 1 },
  },
  python3: { name: 'python3', commands: ['python3'], version: { argv: ['python3', '--version'], pattern: /Python 3\.(\d+)/, least: 8 } },
} as const satisfies Record<string, SystemPackage>;

/** The name of a package that {@link systemPackages} knows. */
export type SystemPackageName = keyof typeof systemPackages;

/** What the Slurm cluster and its head node need, the jobs that run on it included. */
export const clusterPackages: readonly SystemPackageName[] = [
  'slurm-wlm',
  'slurmdbd',
  'mariadb-server',
  'munge',
  'openssh-server',
  'openssh-client',
  'rsync',
  'maven',
  'default-jre-headless',
  'python3',
];

/** What the droplets of the stand-in for DigitalOcean are made of. */
export const dropletPackages: readonly SystemPackageName[] = ['bubblewrap', 'openssh-server', 'openssh-client', 'rsync'];

/** What the tests of the status page look at it with. */
export const browserPackages: readonly SystemPackageName[] = ['chromium'];
