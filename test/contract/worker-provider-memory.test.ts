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
