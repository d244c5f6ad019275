import { createHash } from 'node:crypto';
import type { Gate } from '../../../layers/core/ports/outside';
import type { SubmitRequest } from '../../../layers/core/wire';
import { waitingWorkers } from '../worker-provider-requests';

const INSTALLATION = 'trawl-gate';
const fileOf = (hash: string): object => ({ name: `${hash}.gz`, url: `http://127.0.0.1:9/${hash}`, bytes: 1, md5: hash.slice(0, 32) });

/** What the gate promises over every way to it: in memory, and over SSH and Systems Manager to the real program. */
export function gateContract(name: string, make: () => Promise<Gate>, cycle = 2): void {
  describe(`gate ${name}`, () => {
    let gate: Gate;
    // Job directories carry no installation: other jobs than those of the provider's suite, and of another way to the same cluster.
    const worker = waitingWorkers(cycle);
    const requestOf = (job: string): SubmitRequest => {
      const { jobId, resources, enrolment, spec, deadline } = worker(job);
      const deadlineEpochSeconds = Math.floor(deadline.getTime() / 1000);
      return { v: 1, key: `${INSTALLATION}.${jobId}`, jobId, kind: 'run', deadlineEpochSeconds, resources, enrolment, spec };
    };
    beforeAll(async () => {
      gate = await make();
    }, 120_000);

    it('submits a job once and attaches to it from then on', async () => {
      const request = requestOf('once');
      const first = await gate.submit(request);
      expect(first).toMatchObject({ gate: 1, outcome: 'done', attached: false });
      expect(await gate.submit(request)).toEqual({ ...first, attached: true });
    }, 60_000);

    it.each<readonly [string, string | number]>([
      ['cpus', 4_096],
      ['memoryMb', 1_000_000_000],
      ['partition', 'nosuch'],
      ['constraint', 'nosuch'],
    ])(
      'refuses what no node could ever run, by name and limit, and makes no job of it (%s)',
      async (name, value) => {
        const request = requestOf(`beyond ${name}`);
        const answer = await gate.submit({ ...request, resources: { ...request.resources, [name]: value } });
        expect(answer).toMatchObject({
          outcome: 'failed',
          reason: 'rejected',
          detail: expect.stringContaining(`resources.${name}: `) as string,
        });
        expect(answer).toMatchObject({ detail: expect.stringContaining(String(value)) as string });
        expect(await gate.status([request])).toMatchObject({ answer: { jobs: [{ slurm: null }] } });
        // What fits is taken under the same key.
        expect(await gate.submit(request)).toMatchObject({ outcome: 'done', attached: false });
      },
      60_000,
    );

    it('tells the state of many jobs in one answer, and null of what is not there', async () => {
      const [one, two] = [requestOf('one'), requestOf('two')];
      await gate.submit(one);
      const asked = await gate.status([one, two]);
      const [seen, absent] = asked.outcome === 'answered' ? asked.answer.jobs : [];
      expect(asked).toMatchObject({ outcome: 'answered', answer: { slurm: 'answered' } });
      expect(seen).toMatchObject({ jobId: one.jobId, slurm: { state: 'PENDING' }, locked: false, report: null });
      expect(absent).toMatchObject({ jobId: two.jobId, slurm: null, locked: false, report: null });
    }, 60_000);

    it('names every live job of an installation, asked for or not', async () => {
      const request = requestOf('live');
      await gate.submit(request);
      const asked = await gate.status([], INSTALLATION);
      const live = asked.outcome === 'answered' ? (asked.answer.live ?? []) : [];
      expect(live.map(({ key }) => key)).toContain(request.key);
      const other = await gate.status([], 'trawl-nobody');
      expect(other).toMatchObject({ outcome: 'answered', answer: { live: [] } });
    }, 60_000);

    it('takes a request and gives an answer far longer than a line', async () => {
      const request = requestOf('long');
      // Words that do not pack: longer than what a command of Systems Manager carries.
      const files = Array.from({ length: 900 }, (_, at) => fileOf(createHash('sha256').update(String(at)).digest('hex')));
      const runs = [{ accession: 'ERR0000001', filesHash: 'b'.repeat(64), files, metadata: {} }];
      expect(await gate.submit({ ...request, spec: { ...request.spec, runs } })).toMatchObject({ outcome: 'done', attached: false });
      const others = Array.from({ length: 400 }, (_, at) => `study-PRJEB1.${cycle}.${1_000 + at}.a1.fetch`);
      const asked = await gate.status([request, ...others.map((jobId) => ({ jobId, key: `${INSTALLATION}.${jobId}` }))]);
      const jobs = asked.outcome === 'answered' ? asked.answer.jobs : [];
      expect(jobs).toHaveLength(401);
      expect(jobs[0]).toMatchObject({ jobId: request.jobId, slurm: { state: 'PENDING' } });
    }, 60_000);

    it('cancels a job by its key, and finds none the second time', async () => {
      const request = requestOf('cancel');
      await gate.submit(request);
      expect(await gate.cancel(request.jobId, request.key)).toMatchObject({ outcome: 'answered', answer: { outcome: 'done', found: 1 } });
      expect(await gate.cancel(request.jobId, request.key)).toMatchObject({ outcome: 'answered', answer: { outcome: 'done', found: 0 } });
    }, 60_000);

    it('tells the space at home', async () => {
      const asked = await gate.disk();
      expect(asked.outcome === 'answered' && asked.answer.freeBytes > 0 && asked.answer.totalBytes >= asked.answer.freeBytes).toBe(true);
    }, 60_000);

    it('shows an empty tail of a log that is not there', async () => {
      expect(await gate.tail(requestOf('tail').jobId, 'agent', 100)).toMatchObject({
        outcome: 'answered',
        answer: { text: '', totalBytes: 0 },
      });
    }, 60_000);

    it('tells what it is', async () => {
      expect(await gate.capabilities()).toMatchObject({ outcome: 'answered', answer: { gateVersion: expect.any(String) as unknown } });
    }, 60_000);
  });
}
