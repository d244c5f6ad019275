import { INTERVAL, openPage } from './open-page';

const opened = openPage();
/** As when its tab is left, or comes back. */
const setHidden = (isHidden: boolean) =>
  opened.page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isHidden);

describe('staying up to date', () => {
  beforeEach(async () => {
    await opened.signIn();
    await opened.page.getByText('None is followed yet').waitFor();
  });
  test('what changes is seen without a hand', async () => {
    await opened.follow('taxon:9606');
    await opened.page.clock.fastForward(INTERVAL);
    await opened.row('Sources', 'taxon:9606').waitFor();
  });
  test('a hidden page asks nothing; one that comes back asks at once', async () => {
    await setHidden(true);
    await opened.page.clock.fastForward(INTERVAL);
    await opened.page.evaluate(() => fetch('health'));
    const before = opened.server.asked();
    for (let minutes = 0; minutes < 10; minutes += 1) await opened.page.clock.fastForward(60_000);
    expect(opened.server.asked()).toBe(before);
    await opened.follow('taxon:9606');
    await setHidden(false);
    await opened.row('Sources', 'taxon:9606').waitFor();
  });
  test.each([
    ['gone', 'cannot be reached'],
    ['failing', 'answers 503'],
  ] as const)('an API that is %s makes it stale, in words; what was heard stays', async (how, said) => {
    await opened.follow('taxon:9606');
    await opened.page.clock.fastForward(INTERVAL);
    await opened.row('Sources', 'taxon:9606').waitFor();
    opened.server.behave(how);
    await opened.page.clock.fastForward(INTERVAL);
    const status = opened.page.getByRole('status');
    await status.filter({ hasText: 'Stale' }).filter({ hasText: said }).waitFor();
    expect(await opened.row('Sources', 'taxon:9606').isVisible()).toBe(true);
    opened.server.behave('well');
    await opened.page.clock.fastForward(INTERVAL);
    await status.filter({ hasText: /^Heard/ }).waitFor();
  });
});
