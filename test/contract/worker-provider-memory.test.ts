import { memoryGate } from '../../layers/adapters/fakes/gate';
import { slurmProvider } from '../../layers/adapters/slurm/provider';
import { gateContract } from './gate/suite';
import { workerProviderContract } from './worker-provider';
import { waitingWorkers } from './worker-provider-requests';

workerProviderContract('in memory', async () => {
  const gate = memoryGate();
  return {
    provider: slurmProvider(gate, { installation: 'trawl-one' }),
    installation: 'trawl-one',
    neighbour: slurmProvider(gate, { installation: 'trawl-two' }),
    request: waitingWorkers(),
    losingAnswer: (work) => {
      gate.fail('submit', 'lost-reply');
      return work();
    },
    unreachable: (work) => {
      gate.fail('status', 'unreachable', 3);
      gate.fail('cancel', 'unreachable');
      gate.fail('submit', 'unreachable');
      return work();
    },
  };
});

gateContract('in memory', async () => memoryGate());

test('jobs that serve a worker or a source are no workers', async () => {
  const gate = memoryGate();
  const provider = slurmProvider(gate, { installation: 'trawl-one' });
  const request = waitingWorkers()('worker');
  const submit = (jobId: string) =>
    gate.submit({
      ...{ v: 1, key: `trawl-one.${jobId}`, jobId, kind: 'clean', deadlineEpochSeconds: 2_000_000_000, enrolment: null, spec: {} },
      resources: request.resources,
    });
  await provider.create(request);
  for (const part of ['verify-1', 'clean']) await submit(`${request.workerId}.${part}`);
  await submit('study-PRJEB1.1.index-1');
  const listed = await provider.list();
  expect(listed.outcome === 'answered' && listed.answer.map(({ key }) => key)).toEqual([`trawl-one.${request.jobId}`]);
});
