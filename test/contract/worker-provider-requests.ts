import type { WorkerRequest } from '../../layers/core/ports/outside';

/** A worker for a batch of its own. On a cluster whose partition takes jobs and starts none, it waits until it is destroyed. */
export function waitingWorkers(cycle = 1): (name: string) => WorkerRequest {
  const numbers = new Map<string, number>();
  return (name) => {
    const number = numbers.get(name) ?? numbers.size + 1;
    numbers.set(name, number);
    const workerId = `study-PRJEB1.${cycle}.${number}.a1`;
    const files = [{ name: 'ERR0000001.fastq.gz', url: 'http://127.0.0.1:9/x.fastq.gz', bytes: 1, md5: 'a'.repeat(32) }];
    return {
      workerId,
      jobId: `${workerId}.fetch`,
      deadline: new Date(Date.now() + 3_600_000),
      resources: { cpus: 1, memoryMb: 100, timeMinutes: 10 },
      enrolment: { url: 'http://127.0.0.1:9/callbacks/enrol', token: 'a-token-that-nobody-asks-for' },
      spec: {
        ...{ workerId, stage: 'fetch', revision: '0123456789ab', pipeline: 'fetch', parameters: {}, staging: `staging/${workerId}/fetch` },
        runs: [{ accession: 'ERR0000001', filesHash: 'b'.repeat(64), files, metadata: {} }],
      },
    };
  };
}
