import { ASSUMED, DROPLET_SIZES, estimateCosts } from '../../../../layers/core/planning/estimate-costs';

const settings = { megabytesPerSecond: 100, egressDollarsPerGib: 0.01 };
const GIB = 1024 ** 3;

describe('what a plan takes and costs', () => {
  it.each([
    { name: 'nothing for no batches', bytes: [], slurm: 0, droplet: 0 },
    { name: 'an hour begun for each batch, however small', bytes: [1, 1, 1], slurm: 3, droplet: 3 },
    { name: 'an hour for what fills it', bytes: [360e9], slurm: 1, droplet: 3 },
    { name: 'another for a byte more', bytes: [360e9 + 1e6], slurm: 2, droplet: 3 },
    { name: 'on a droplet the way down, the way home and its start', bytes: [165e9 + 1e6], slurm: 1, droplet: 2 },
  ])('$name', ({ bytes, slurm, droplet }) => {
    const costs = estimateCosts(
      bytes.map((each) => ({ bytes: each })),
      settings,
    );
    expect([costs.slurm, costs.droplet.hours]).toEqual([{ hours: slurm, dollars: 0 }, droplet]);
  });

  it('takes the cheapest size whose disk is enough, for each batch its own', () => {
    const small = { bytes: 10e9 };
    const large = { bytes: 150e9 };
    const free = { ...settings, egressDollarsPerGib: 0 };
    expect(estimateCosts([small], free).droplet.dollars).toBe(0.04);
    expect(estimateCosts([large], free).droplet.dollars).toBe(0.14);
    expect(estimateCosts([small, large], free).droplet.dollars).toBe(0.18);
  });

  it('takes the largest size for what no disk holds', () => {
    const { droplet } = estimateCosts([{ bytes: 9e12 }], { ...settings, megabytesPerSecond: 1e9, egressDollarsPerGib: 0 });
    expect(droplet).toEqual({ hours: 1, dollars: 3.31, egressDollars: 0 });
  });

  it('counts what leaves a droplet beyond the allowance of its hours, and only that', () => {
    const within = estimateCosts([{ bytes: ASSUMED.allowanceGibPerHour * GIB }], settings).droplet;
    const beyond = estimateCosts([{ bytes: 101.5 * GIB }], { ...settings, dollarsPerHour: 0 }).droplet;
    expect(within.egressDollars).toBe(0);
    expect(beyond).toEqual({ hours: 1, dollars: 1, egressDollars: 1 });
  });

  it('has prices that rise with the disk, so that the first that fits is the cheapest', () => {
    const rising = [...DROPLET_SIZES].sort((one, other) => one.dollarsPerHour - other.dollarsPerHour || one.diskGb - other.diskGb);
    expect(rising).toEqual([...DROPLET_SIZES].sort((one, other) => one.diskGb - other.diskGb));
  });
});
