import { AddAnswer } from '../../../../cli/schemas';
import { status } from '../../../world/demo/observe';
import { trawl } from '../../../world/installation/trawl-cli';
import { until } from '../../../world/demo/observe';
import { cli, cliJson } from '../cli';
import { untilSource } from '../observe';
import { CAP_MILLISECONDS, makeStudy, type Standing } from './standing';

const BAD = ['abc', '0', '-5', 'PRJ', '562; drop'];
/** ENA knows this study and answers nothing to questions for its runs, from the start of the suite. */
const SILENT = 'PRJEB99909';

/** Input that cannot be right; nothing may come of it. */
export function badInput(standing: Standing): void {
  it.each([
    { how: 'as it is', dashes: [] },
    { how: 'after --', dashes: ['--'] },
  ])('names every bad id and adds nothing ($how)', async ({ dashes }) => {
    const { code, stdout, stderr } = await cli(standing(), 'add', ...dashes, ...BAD, '562');
    expect(code).toBe(2);
    for (const id of BAD) expect(stdout + stderr).toContain(JSON.stringify(id));
    expect(stdout + stderr).not.toContain('"562"');
    expect(await cliJson(standing(), 'list')).toEqual([]);
  });

  it('is refused by the API too, id by id', async () => {
    const { url, token } = standing().access;
    const response = await fetch(`${url}/sources`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ids: [...BAD, '562'] }),
    });
    expect(response.status).toBe(422);
    const { added, invalid } = AddAnswer.parse(await response.json());
    expect(added).toEqual([]);
    expect(invalid.map(({ id }) => id)).toEqual(BAD);
    expect(await cliJson(standing(), 'list')).toEqual([]);
  });

  it('says what to do about a wrong token and an address where nobody answers', async () => {
    const { url, token } = standing().access;
    const wrong = await trawl({ url, token: 'nobody' }, ['status']);
    expect(wrong.code).toBe(4);
    expect(wrong.stderr).toMatch(/token.*trawl init/s);
    const nowhere = await trawl({ url: 'http://127.0.0.1:9', token }, ['status']);
    expect(nowhere.code).toBe(3);
    expect(nowhere.stderr).toContain('http://127.0.0.1:9 cannot be reached');
    const mistyped = await cli(standing(), 'statsu');
    expect(mistyped.code).toBe(2);
    expect(mistyped.stderr).toContain('status');
  });
}

/** Begins what `silentArchive` sees the end of, so that nobody waits for the minutes that an archive is given to come back. */
export function archiveFallsSilent(standing: Standing): void {
  it(
    'goes on with other sources while ENA answers nothing about one',
    async () => {
      await makeStudy(standing(), SILENT, ['ERR9990901']);
      const contains = `/count?result=read_run&query=(study_accession="${SILENT}"`;
      await standing().ena.inject({ on: 'portal', contains, times: 10_000, fault: { kind: 'reset' } });
      await cliJson(standing(), 'add', `study:${SILENT}`);
      await untilSource(standing(), `study:${SILENT}`, 'being listed', ({ source }) => source.phase === 'listing');
    },
    CAP_MILLISECONDS,
  );
}

export function silentArchive(standing: Standing): void {
  it(
    'has given up on the silent archive with a warning, and holds no place',
    async () => {
      const { source } = await untilSource(standing(), `study:${SILENT}`, 'given up', (shown) => shown.source['cycleRunning'] === false);
      expect(source).toMatchObject({ phase: 'idle', lastRunStatus: 'warning', generatedWarning: [{ code: 'archive-unavailable' }] });
      await until(
        'nothing in motion',
        60,
        () => status(standing().access),
        ({ workers }) => workers.length === 0,
      );
    },
    CAP_MILLISECONDS,
  );
}
