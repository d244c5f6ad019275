import { z } from 'zod';
import { sshRoundTrip, type SshTarget } from '../../../layers/adapters/bridge/ssh-round-trip';
import type { SubmitRequest } from '../../../layers/core/wire';

const RUN = { accession: 'ERR0000001', filesHash: 'b'.repeat(64), metadata: {} };
const file = (more: object): object => ({ name: 'x.fastq.gz', url: 'https://ena.example/x', bytes: 1, md5: 'a'.repeat(32), ...more });
const VERIFIED = { stage: 'fetch', revision: 'aaaaaaaaaaaa', staging: 'staging/x/fetch' };
const STAGE = { ...VERIFIED, pipeline: 'fetch' };
const runs = (...files: readonly object[]) => ({ kind: 'run', spec: { workerId: 'x', ...STAGE, runs: [{ ...RUN, files }] } });
const stage = (more: object) => ({ kind: 'run', spec: { workerId: 'x', ...STAGE, runs: [{ ...RUN, files: [file({})] }], ...more } });
const pull = { host: '192.0.2.7', port: 22, user: 'root', hostKey: `ssh-ed25519 ${'A'.repeat(68)}`, path: 'x/fetch' };
const sweep = (more: object, beside: object = {}) => {
  return {
    kind: 'sweep',
    spec: {
      workerId: 'x',
      ...VERIFIED,
      runs: [{ ...RUN, files: [{ name: 'x.gz', bytes: 1, md5: 'a'.repeat(32) }] }],
      pull: { ...pull, ...more },
      ...beside,
    },
  };
};
const resources = (more: object) => ({ resources: { cpus: 1, memoryMb: 1, timeMinutes: 5, ...more } });

interface Hostile {
  readonly verb?: string;
  /** Laid over a request that is as it should be. */
  readonly with?: object;
}

/** What a listing, a person or somebody with the key may try, with the field that the refusal has to name. */
export const HOSTILE: readonly (Hostile & { readonly field: string })[] = [
  ...[
    '../../outside',
    'x/../../y',
    '-x',
    'x y',
    'x;touch /tmp/trawl-hostile',
    '$(touch /tmp/trawl-hostile)',
    'x\ny',
    '',
    'é',
    'x'.repeat(201),
  ].map((jobId) => ({ field: 'jobId', with: { jobId, key: `trawl-faults.${jobId}` } })),
  { field: 'key', with: { key: 'other.look-y' } },
  ...['work,data', '--wrap=touch', 'work --uid=0', '../work'].map((partition) => ({
    field: 'resources.partition',
    with: resources({ partition }),
  })),
  { field: 'resources.account', with: resources({ account: '--uid=0' }) },
  { field: 'resources.constraint', with: resources({ constraint: 'a;b' }) },
  { field: 'resources.exclude', with: resources({ exclude: ['node1 --wrap=x'] }) },
  ...['/etc', 'staging/../..', 'staging/x/../../../tmp', '../staging/x', 'staging'].map((staging) => ({
    field: 'spec.staging',
    with: stage({ staging }),
  })),
  ...['../x.gz', '/etc/passwd', '.ssh', 'a/b.gz', '-rf', 'x\u0000.gz', 'x\n.gz', '$(id).gz', 'x'.repeat(300)].map((name) => ({
    field: 'spec.runs[0].files[0].name',
    with: runs(file({ name })),
  })),
  ...['file:///etc/passwd', 'ftp://ena.example/x', 'https://ena.example/x" --output /tmp/trawl-hostile', 'https://ena.example/`id`'].map(
    (url) => ({ field: 'spec.runs[0].files[0].url', with: runs(file({ url })) }),
  ),
  { field: 'spec.runs[0].files', with: runs(file({}), file({})) },
  { field: 'spec.parameters', with: stage({ parameters: { '-resume': true } }) },
  { field: 'spec.pipeline', with: stage({ pipeline: '../../outside' }) },
  { field: 'spec.repository', with: stage({ repository: 'ext::sh -c touch% /tmp/trawl-hostile' }) },
  { field: 'spec.profile', with: stage({ profile: 'x -c /tmp/x.config' }) },
  ...['-oProxyCommand=touch', 'a b', 'root@192.0.2.7', 'x:/etc'].map((host) => ({ field: 'spec.pull.host', with: sweep({ host }) })),
  { field: 'spec.pull.user', with: sweep({ user: '-oProxyCommand=x' }) },
  { field: 'spec.pull.hostKey', with: sweep({ hostKey: 'ssh-rsa AAAA' }) },
  { field: 'spec.pull.path', with: sweep({ path: '../x' }) },
  { field: 'spec.early', with: sweep({}, { early: 'x' }) },
];
export const HOSTILE_VERBS = ['', 'shell', 'submit; touch /tmp/trawl-hostile', 'submit status', '../gate', 'scp -t /tmp', '__init__'];

const Refusal = z.object({ gate: z.literal(1), outcome: z.string(), reason: z.string().optional(), detail: z.string().default('') });

interface Place {
  readonly target: SshTarget;
  readonly privateKey: string;
  readonly base: SubmitRequest;
}
/** What the gate says to it, over a real login: whoever has the key may send what the product never would. */
export async function hostileAnswer({ target, privateKey, base }: Place, { verb = 'submit', with: laid = {} }: Hostile) {
  const trip = await sshRoundTrip(target, privateKey, verb, JSON.stringify({ ...base, ...laid }));
  if (trip.outcome !== 'answered') throw new Error(`no answer of the gate: ${JSON.stringify(trip)}`);
  return Refusal.parse(JSON.parse(trip.text));
}
