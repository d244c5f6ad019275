/** A site where nobody may log in: the real trawl-site and agent against the deployed stack, over HTTP alone. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { agreeingWithArchive, filesAtHome } from '../world/demo/check-home';
import { PROJECT_ROOT } from '../world/setup/install-once';
import { inside } from './support/aws';
import { cliJson } from './support/cli';
import { installationFor } from './support/installation';
import { untilQuiet, untilSource } from './support/observe';
import { CAP_MILLISECONDS, makeStudy } from './support/scenarios/standing';

const STUDY = 'study:PRJEB91001';
const RUNS = ['ERR9910001', 'ERR9910002'];
/** No provider but sites: what comes home was claimed. */
const CAPS = { total: 4, pools: { scheduled: 4, manual: 2 }, providers: { site: 2 }, homeFreeBytesMin: 1_000_000_000, cyclesAtOnce: 3 };

describe('a site that pulls, on ministack', () => {
  const standing = installationFor('ministack', { name: 'sites', overrides: { caps: CAPS, site: { leaseSeconds: 120 } } });
  let site: ChildProcess | undefined;
  let token = '';
  afterAll(() => site?.kill('SIGTERM'));

  /** As the administrator of the site sets it up, with the kit that is installed there. */
  async function startSite(): Promise<void> {
    ({ token } = z.object({ token: z.string() }).parse(await cliJson(standing(), 'site', 'add', 'north', '--claims', '2')));
    const folder = join(PROJECT_ROOT, '.trawl', 'e2e-sites-ministack', 'north');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'token'), token, { mode: 0o600 });
    const places = { url: standing().access.url, tokenFile: join(folder, 'token'), root: join(folder, 'root') };
    const offer = { claims: 2, cpus: 2, memoryMb: 4_000, timeMinutes: 60, pollSeconds: 2 };
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...places, ...offer, kit: join(standing().cluster.root, 'kit') }));
    const log = openSync(join(folder, 'site.log'), 'a');
    const command = [join(PROJECT_ROOT, 'slurm', 'trawl_site.py'), 'run', '--config', join(folder, 'config.json')];
    site = spawn('python3', command, { stdio: ['ignore', log, log] });
  }

  it(
    'claims a batch, runs it, reports it, and its files are verified at home',
    async () => {
      await makeStudy(standing(), 'PRJEB91001', RUNS);
      await cliJson(standing(), 'add', STUDY);
      await startSite();
      const shown = await untilSource(
        standing(),
        STUDY,
        'settled',
        ({ source }) => source.needsAttention !== undefined || (source.phase === 'idle' && source.lastRunStatus === 'complete'),
      );
      expect(shown.source.needsAttention).toBeUndefined();
      expect(shown.batches.map(({ status, attempts }) => [status, attempts])).toEqual([
        ['complete', [expect.objectContaining({ attempt: 1, cause: 'finished', provider: 'site', place: 'north' })]],
      ]);
      const files = await filesAtHome(standing().cluster.root);
      expect([...new Set(files.map(({ accession }) => accession))].sort()).toEqual(RUNS);
      expect(await agreeingWithArchive(files, standing().ena)).toEqual(files);
      await untilQuiet(standing());
      expect(await inside(standing()).objects.list('brought/')).toEqual([]);
      expect(await cliJson(standing(), 'site', 'list')).toMatchObject([{ name: 'north', held: [], seenAt: expect.any(String) as string }]);
      expect((await inside(standing()).executions('process-batch')).map(({ status }) => status)).toEqual(['SUCCEEDED']);
    },
    CAP_MILLISECONDS,
  );

  it('gets nothing any more once it is revoked', async () => {
    const ask = () =>
      fetch(`${standing().access.url}/site/claims`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ v: 1, nonce: 'n'.repeat(16), offer: { cpus: 1, memoryMb: 1_000, timeMinutes: 60, bytes: 1 } }),
      });
    expect((await ask()).status).toBe(200);
    await cliJson(standing(), 'site', 'revoke', 'north');
    expect((await ask()).status).toBe(401);
  });
});
