import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../../world/setup/install-once';
import { commandsSent } from '../../../world/ssm/start';

/** All that was told before went over Systems Manager: the gate's verbs are found in its commands, and no login in sshd's log. */
export function nobodyLogsIn(stateName: string): void {
  it('carried every word to the cluster, and nobody logged in', async () => {
    const stateDir = join(PROJECT_ROOT, '.trawl', stateName);
    const { url } = JSON.parse(readFileSync(join(stateDir, 'ssm/ssm.json'), 'utf8')) as { url: string };
    // Jobs that told their end are not cancelled: how that goes over Systems Manager is the contract suite's to say.
    expect([...new Set(await commandsSent(url))]).toEqual(expect.arrayContaining(['trawl disk', 'trawl status', 'trawl submit']));
    expect(readFileSync(join(stateDir, 'cluster/log/sshd.out'), 'utf8')).not.toContain('Accepted publickey');
  });
}
