import { allOrNone } from '../../world/installation/all-or-none';

it('answers with all results in their order', async () => {
  await expect(allOrNone([Promise.resolve(1), 'two', undefined])).resolves.toEqual([1, 'two', undefined]);
});

it('fails only when the others have ended too, so that none of them starts afterwards', async () => {
  const seen: string[] = [];
  let start: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => {
    start = resolve;
  }).then(() => void seen.push('started'));
  const all = allOrNone([Promise.reject(new Error('no port')), slow]).catch((error: unknown) => void seen.push(String(error)));
  await Promise.resolve();
  expect(seen).toEqual([]);
  start();
  await all;
  expect(seen).toEqual(['started', 'Error: no port']);
});
