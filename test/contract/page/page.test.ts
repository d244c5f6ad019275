import { fillLaboratory } from './laboratory';
import { openPage } from './open-page';

const opened = openPage();

describe('what it shows', () => {
  beforeEach(async () => {
    await fillLaboratory(opened.server.api);
    await opened.signIn();
    await opened.page.getByRole('table', { name: 'Workers' }).waitFor();
  });
  test('sources with status as a word, counts, warnings; those that need eyes on top', async () => {
    const rows = opened.page.getByRole('table', { name: 'Sources' }).locator('tbody tr');
    expect(await rows.locator('.word').allTextContents()).toEqual(['error', 'warning', 'in progress', 'new', 'complete']);
    expect(await opened.row('Sources', 'cichlids').innerText()).toMatch(
      /in progress[^]*running[^]*31 of 46 complete, 2 excluded[^]*in 5 h 40 min/,
    );
    expect(await opened.row('Sources', 'taxon:562').innerText()).toContain('runs-failed: 12 runs failed three times');
    expect(await opened.row('Sources', 'taxon:3847').innerText()).toMatch(/never[^]*due/);
  });
  test('batches with their progress', async () => {
    const first = opened.row('Open batches', 'study-PRJEB28810.1.1');
    expect(await first.innerText()).toMatch(/running[^]*5 of 8 runs, 1 failed, 31\.2 GB of 48\.0 GB/);
    expect(await first.locator('progress').evaluate((bar: HTMLProgressElement) => [bar.value, bar.max])).toEqual([6, 8]);
    expect(await opened.row('Open batches', 'study-PRJEB28810.1.4').innerText()).toMatch(/planned[^]*none yet[^]*7 runs/);
  });
  test('workers with age and cost', async () => {
    expect(await opened.row('Workers', 'study-PRJEB28810.1.2.a1').innerText()).toMatch(
      /droplet[^]*live[^]*48 min[^]*\$0\.0179 \(\$0\.0179 an hour\)/,
    );
    expect(await opened.row('Workers', 'study-PRJEB28810.1.1.a1').innerText()).toMatch(/slurm[^]*live[^]*2 h[^]*none/);
  });
  test('money at risk now, spent in day and month, and the budget', async () => {
    const money = opened.page.getByRole('region', { name: 'Money' });
    expect(await money.innerText()).toMatch(/Europe\/London[^]*At risk now[^]*\$1\.00[^]*of it spent so far/);
    expect(await money.innerText()).toMatch(/2026-11-21[^]*\$4\.25 of \$20\.00[^]*2026-11\)[^]*\$4\.25 of \$200\.00/);
    const day = money.getByRole('progressbar', { name: /today/ });
    expect(await day.evaluate((bar: HTMLProgressElement) => [bar.value, bar.max])).toEqual([5.25, 20]);
  });
  test('holds and approvals with the reason, what to do and the heading of the runbook', async () => {
    const cards = opened.page.getByRole('region', { name: 'Needs a person' }).getByRole('listitem');
    expect(await cards.count()).toBe(2);
    const held = await cards.filter({ hasText: 'results-held' }).innerText();
    expect(held).toMatch(/host-key-changed[^]*since 30 min ago[^]*\$0\.0179 an hour, \$0\.0357 so far/);
    expect(held).toMatch(/trawl clear study:PRJEB1787[^]*Attention: results-held/);
    expect(await cards.filter({ hasText: 'approval' }).innerText()).toContain('more than the limit of 1000');
  });
  test('a time says exactly which when asked', async () => {
    const time = opened.row('Sources', 'cichlids').locator('time').first();
    expect(await time.getAttribute('title')).toBe('2026-11-21 09:30:00 UTC');
  });
});

test('text of other people is text', async () => {
  const name = '<b onclick="x">K-12</b>';
  await opened.follow('taxon:562', { name, generatedWarning: [{ code: 'c', detail: name }] });
  await opened.signIn();
  await opened
    .row('Sources', name)
    .filter({ hasText: `c: ${name}` })
    .waitFor();
  expect(await opened.page.locator('main b').count()).toBe(0);
});

describe('attention', () => {
  test.each([
    ['slurm-needs-person', 'scancel'],
    ['a-reason-of-a-later-version', 'Attention: a-reason-of-a-later-version'],
  ])('%s is shown with what raised it and its heading', async (reason, said) => {
    const at = '2026-11-21T08:00:00.000Z';
    await opened.follow('taxon:562', { needsAttention: { reason, detail: 'job 17 is in SPECIAL_EXIT', step: 'probe-jobs', at } });
    await opened.signIn();
    const card = opened.page.getByRole('region', { name: 'Needs a person' }).getByRole('listitem');
    for (const text of [said, 'job 17 is in SPECIAL_EXIT', 'probe-jobs 2 h ago', `Attention: ${reason}`])
      await card.filter({ hasText: text }).waitFor();
  });
});
