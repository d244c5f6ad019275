import type { Found, WorkerProvider, WorkerRequest } from '../../layers/core/ports/outside';

export interface ProviderUnderTest {
  readonly provider: WorkerProvider;
  readonly installation: string;
  /** The same provider as another installation sees it. */
  readonly neighbour: WorkerProvider;
  /** A worker that waits, or runs, until it is destroyed; `name` is one per test. */
  readonly request: (name: string) => WorkerRequest;
  /** Runs the work while the next create is carried out but its answer is lost. */
  readonly losingAnswer: <T>(work: () => Promise<T>) => Promise<T>;
  /** Runs the work while the provider cannot be reached. */
  readonly unreachable: <T>(work: () => Promise<T>) => Promise<T>;
}

const LIVE = ['waiting', 'running'];
const refOf = (found: Found): string | undefined => (found.outcome === 'found' ? found.worker.providerRef : undefined);
const stateOf = (found: Found): string => (found.outcome === 'found' ? found.worker.state : found.outcome);

async function until(wanted: readonly string[], look: () => Promise<string>, seconds = 30): Promise<string> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (wanted.includes(seen) || Date.now() > end) return seen;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** What every worker provider promises (contract 5): the fake, the cluster, and whatever comes next. */
export function workerProviderContract(name: string, make: () => Promise<ProviderUnderTest>): void {
  describe(`worker provider ${name}`, () => {
    let test: ProviderUnderTest;
    const keyOf = (request: WorkerRequest): string => `${test.installation}.${request.jobId}`;
    beforeAll(async () => {
      test = await make();
    }, 120_000);

    it('creates a worker that is then found under its key', async () => {
      const request = test.request('create');
      const created = await test.provider.create(request);
      expect(created).toMatchObject({ outcome: 'done', providerRef: expect.any(String) as unknown });
      const found = await test.provider.find(keyOf(request));
      expect(LIVE).toContain(stateOf(found));
      expect(created).toMatchObject({ providerRef: refOf(found) });
    }, 60_000);

    it('makes no second worker for one key, also when both ask at once', async () => {
      const request = test.request('twice');
      const first = await test.provider.create(request);
      const again = await Promise.all([test.provider.create(request), test.provider.create(request)]);
      // Of two that ask at once, one may be told to look later; neither may make another worker.
      for (const created of again) if (created.outcome !== 'unknown') expect(created).toEqual(first);
      const listed = await test.provider.list();
      expect(listed.outcome === 'answered' && listed.answer.filter(({ key }) => key === keyOf(request))).toHaveLength(1);
    }, 60_000);

    it('does not find what never was', async () => {
      expect(await test.provider.find(keyOf(test.request('never')))).toEqual({ outcome: 'absent' });
    }, 60_000);

    it('lists its own workers with key and reference, and not those of a neighbour', async () => {
      const [mine, other] = [test.request('mine'), test.request('other')];
      const created = await test.provider.create(mine);
      await test.neighbour.create(other);
      const listed = await test.provider.list();
      const keys = listed.outcome === 'answered' ? listed.answer.map(({ key, providerRef }) => ({ key, providerRef })) : [];
      expect(keys).toContainEqual({ key: keyOf(mine), providerRef: created.outcome === 'done' && created.providerRef });
      expect(keys.filter(({ key }) => key.includes(other.jobId))).toEqual([]);
    }, 60_000);

    it('destroys a worker, which then is gone and no longer listed', async () => {
      const request = test.request('destroy');
      const created = await test.provider.create(request);
      const ref = created.outcome === 'done' ? created.providerRef : undefined;
      expect(await test.provider.destroy(keyOf(request), ref)).toEqual({ outcome: 'done' });
      const look = async () => stateOf(await test.provider.probe(keyOf(request), ref));
      expect(['ended', 'absent']).toContain(await until(['ended', 'absent'], look));
      const listed = await test.provider.list();
      expect(listed.outcome === 'answered' && listed.answer.filter(({ key }) => key === keyOf(request))).toEqual([]);
    }, 60_000);

    it('calls it done to destroy what is gone or never was', async () => {
      const request = test.request('nothing');
      expect(await test.provider.destroy(keyOf(request), undefined)).toEqual({ outcome: 'done' });
    }, 60_000);

    it('says unknown when the answer of a create is lost, and the worker is found and not made again', async () => {
      const request = test.request('lost');
      expect(await test.losingAnswer(() => test.provider.create(request))).toMatchObject({ outcome: 'unknown' });
      const look = async () => stateOf(await test.provider.find(keyOf(request)));
      expect(LIVE).toContain(await until(LIVE, look));
      const again = await test.provider.create(request);
      expect(again).toMatchObject({ outcome: 'done', providerRef: refOf(await test.provider.find(keyOf(request))) });
    }, 90_000);

    it('never takes silence for absence', async () => {
      const request = test.request('silent');
      await test.provider.create(request);
      await test.unreachable(async () => {
        expect(await test.provider.find(keyOf(request))).toMatchObject({ outcome: 'unknown' });
        expect(await test.provider.probe(keyOf(request), undefined)).toMatchObject({ outcome: 'unknown' });
        expect(await test.provider.list()).toMatchObject({ outcome: 'unknown' });
        expect((await test.provider.destroy(keyOf(request), undefined)).outcome).not.toBe('done');
        const created = await test.provider.create(test.request('unborn'));
        expect(created).toMatchObject({ outcome: 'failed', retry: 'later' });
      });
      expect(LIVE).toContain(stateOf(await test.provider.find(keyOf(request))));
    }, 90_000);

    it('has a price', async () => {
      const { dollarsPerHour } = await test.provider.price(test.request('price').resources);
      expect(dollarsPerHour).toBeGreaterThanOrEqual(0);
    });
  });
}
