import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pipelineRevision } from '../../infra/build/pipeline-revision';
import { ROOT } from './synthesize';

test('the revision of a pipeline is what the cluster computes', () => {
  const pipeline = join(ROOT, 'slurm/pipelines/fetch');
  const cluster = execFileSync('python3', [join(ROOT, 'slurm/kit.py'), 'revision', pipeline], { encoding: 'utf8' }).trim();
  expect(pipelineRevision(pipeline)).toBe(cluster);
});
