import type { FaultRuleInput } from '../../../world/ena/control-schema';
import { show } from '../../../world/demo/observe';
import { cli, cliJson, runsOf } from '../cli';
import { indexIdentity } from '../home';
import { submitted, untilSettled, untilSource } from '../observe';
import { CAP_MILLISECONDS, SHARING, type Standing } from './standing';

const SOURCE = SHARING[1];
/** Of this source alone: others are listed at the same time. */
const LISTING = '/search?result=read_run&query=tax_tree(9031)';

type PortalFault = Extract<FaultRuleInput, { readonly on: 'portal' }>['fault'];
const FAULTS: readonly { readonly name: string; readonly fault: PortalFault; readonly says: RegExp }[] = [
  { name: 'a header without rows', fault: { kind: 'header-only' }, says: /0 rows where \d+ runs were counted/ },
  { name: 'half of the rows', fault: { kind: 'truncated' }, says: /does not end|rows where|values/ },
  { name: 'no bytes at all', fault: { kind: 'zero-bytes' }, says: /no bytes where/ },
];

/** Answers of ENA that are no listing: they change nothing and are told; three in a row need a person, whose word and the next good one heal. */
export function badListings(standing: Standing): void {
  const cycleNow = async (): Promise<number> => Number((await show(standing().access, SOURCE)).source['cycle']);
  const known = async (): Promise<unknown> => ({
    runs: (await show(standing().access, SOURCE)).runs,
    complete: (await runsOf(standing(), SOURCE, 'complete')).map(({ accession }) => accession),
    index: indexIdentity(standing(), SOURCE),
    jobs: (await submitted(standing())).filter((name) => name.includes('taxon-9031')),
  });
  let before: unknown;

  it.each(FAULTS)(
    'changes nothing and warns when ENA answers with $name',
    async ({ fault, says }) => {
      before ??= await known();
      const cycle = await cycleNow();
      await standing().ena.inject({ on: 'portal', contains: LISTING, times: 1, fault });
      await cliJson(standing(), 'check', SOURCE);
      const { source } = await untilSource(
        standing(),
        SOURCE,
        `checked in cycle ${cycle + 1}`,
        (shown) => Number(shown.source['cycle']) > cycle && shown.source['cycleRunning'] === false,
      );
      expect(source.generatedWarning).toContainEqual({ code: 'listing-rejected', detail: expect.stringMatching(says) as string });
      expect(source.phase).toBe('idle');
      expect(await known()).toEqual(before);
    },
    CAP_MILLISECONDS,
  );

  it('asks for a person after the third in a row, and starts no cycle before that', async () => {
    const { source } = await show(standing().access, SOURCE);
    expect(source).toMatchObject({ lastRunStatus: 'error', needsAttention: { reason: 'listings-rejected' } });
    const refused = await cli(standing(), 'check', SOURCE);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('listings-rejected');
  });

  it(
    'is healed by the next good answer once it is cleared',
    async () => {
      const cycle = await cycleNow();
      await cliJson(standing(), 'clear', SOURCE);
      const [shown] = await untilSettled(standing(), [SOURCE], cycle + 1);
      expect(shown?.source).toMatchObject({ lastRunStatus: 'complete' });
      expect(shown?.source.generatedWarning.map(({ code }) => code)).not.toContain('listing-rejected');
      expect(shown?.source.needsAttention).toBeUndefined();
      expect(await known()).toEqual(before);
    },
    CAP_MILLISECONDS,
  );
}
