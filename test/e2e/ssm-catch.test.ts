import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { agreeingWithArchive, filesAtHome } from '../world/demo/check-home';
import { PROJECT_ROOT } from '../world/setup/install-once';
import { commandsSent } from '../world/ssm/start';
import { cliJson } from './support/cli';
import { installationFor } from './support/installation';
import { untilQuiet, untilSettled } from './support/observe';
import { CAP_MILLISECONDS, MINUTELY } from './support/scenarios/standing';

describe('a cluster that is reached over Systems Manager', () => {
  const standing = installationFor('ministack', { name: 'ssm', ssm: true });

  it(
    'gets a source from named to complete, and nobody logs in',
    async () => {
      await cliJson(standing(), 'add', MINUTELY);
      const [shown] = await untilSettled(standing(), [MINUTELY]);
      expect(shown?.source).toMatchObject({ lastRunStatus: 'complete', generatedWarning: [] });
      await untilQuiet(standing());
      const files = await filesAtHome(standing().cluster.root);
      expect(files.length).toBeGreaterThan(0);
      expect(await agreeingWithArchive(files, standing().ena)).toEqual(files);
      const state = join(PROJECT_ROOT, '.trawl/e2e-ssm-ministack');
      const { url } = JSON.parse(readFileSync(join(state, 'ssm/ssm.json'), 'utf8')) as { url: string };
      // A worker that is let go is cancelled, also when its job has ended.
      const verbs = [...new Set(await commandsSent(url))].sort();
      expect(verbs).toEqual(['trawl cancel', 'trawl disk', 'trawl status', 'trawl submit']);
      expect(readFileSync(join(state, 'cluster/log/sshd.out'), 'utf8')).not.toContain('Accepted publickey');
    },
    CAP_MILLISECONDS,
  );
});
