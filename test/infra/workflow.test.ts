import { join } from 'node:path';
import { pipelineRevision } from '../../infra/build/pipeline-revision';
import { readConfig } from '../../infra/config';
import { workflowOf } from '../../infra/settings';
import { EXAMPLE, ROOT } from './synthesize';

test('results of fetch keep their revision whatever its pipeline is, which is pinned beside it', () => {
  const [fetch] = workflowOf(readConfig(EXAMPLE), ROOT);
  // Another one would have every run of every installation fetched again: ADR 0022.
  expect(fetch).toMatchObject({ name: 'fetch', revision: '4ba268964e91' });
  expect(fetch?.pinned).toBe(pipelineRevision(join(ROOT, 'slurm/pipelines/fetch')));
});
