import fc from 'fast-check';
import { chooseSizes, type OfferedSize } from '../../../../layers/core/dispatch/choose-size';

const size = (slug: string, given: Partial<OfferedSize> = {}): OfferedSize => ({
  ...{ slug, available: true, regions: ['fra1', 'ams3'], cpus: 4, memoryMb: 8192, diskGb: 100, dollarsPerHour: 0.1 },
  ...given,
});
const need = { cpus: 4, memoryMb: 8192, diskGb: 100 };
const limits = { regions: ['fra1', 'ams3'], maxDollarsPerHour: 1 };
const places = (sizes: readonly OfferedSize[], given: Partial<typeof limits> = {}): readonly string[] =>
  chooseSizes(sizes, need, { ...limits, ...given }).map((choice) => `${choice.size}@${choice.region}`);

test('the cheapest size that fits comes first, in the best region first', () => {
  const sizes = [size('dear', { dollarsPerHour: 0.5 }), size('cheap'), size('middle', { dollarsPerHour: 0.2, regions: ['ams3'] })];
  expect(places(sizes)).toEqual(['cheap@fra1', 'cheap@ams3', 'middle@ams3', 'dear@fra1', 'dear@ams3']);
  expect(chooseSizes(sizes, need, limits)[0]).toEqual({ size: 'cheap', region: 'fra1', dollarsPerHour: 0.1 });
});

test.each([
  ['has too few processors', { cpus: 3 }],
  ['has too little memory', { memoryMb: 8191 }],
  ['has too small a disk', { diskGb: 99 }],
  ['is not to be had', { available: false }],
  ['is offered elsewhere only', { regions: ['nyc1'] }],
  ['costs more than is allowed', { dollarsPerHour: 1.01 }],
])('a size that %s is not chosen', (_, given) => {
  expect(places([size('poor', { dollarsPerHour: 0.01, ...given }), size('good')])).toEqual(['good@fra1', 'good@ams3']);
});

test('where everything is offered everywhere, six places are tried and no more', () => {
  expect(places(['a', 'b', 'c', 'd'].map((slug) => size(slug)))).toEqual(['a@fra1', 'a@ams3', 'b@fra1', 'b@ams3', 'c@fra1', 'c@ams3']);
});

const Region = fc.constantFrom('fra1', 'ams3', 'nyc1');
const Offered = fc.record({
  ...{ slug: fc.string({ minLength: 1, maxLength: 4 }), available: fc.boolean(), regions: fc.uniqueArray(Region) },
  ...{ cpus: fc.integer({ min: 1, max: 8 }), memoryMb: fc.integer({ min: 1, max: 8 }), diskGb: fc.integer({ min: 1, max: 8 }) },
  dollarsPerHour: fc.double({ min: 0, max: 4, noNaN: true }),
});
const Need = fc.record({ cpus: fc.integer({ max: 8 }), memoryMb: fc.integer({ max: 8 }), diskGb: fc.integer({ max: 8 }) });

test('whatever is offered: each choice fits, is allowed and offered, none that was left out is cheaper', () => {
  const Limits = fc.record({ regions: fc.uniqueArray(Region), maxDollarsPerHour: fc.double({ min: 0, max: 4, noNaN: true }) });
  const Offers = fc.uniqueArray(Offered, { selector: ({ slug }) => slug, maxLength: 12 });
  fc.assert(
    fc.property(Offers, Need, Limits, (sizes, wanted, allowed) => {
      const good = sizes.flatMap((one) =>
        allowed.regions
          .filter((region) => one.available && one.regions.includes(region) && one.dollarsPerHour <= allowed.maxDollarsPerHour)
          .filter(() => one.cpus >= wanted.cpus && one.memoryMb >= wanted.memoryMb && one.diskGb >= wanted.diskGb)
          .map((region) => ({ size: one.slug, region, dollarsPerHour: one.dollarsPerHour })),
      );
      const chosen = chooseSizes(sizes, wanted, allowed);
      expect(good).toEqual(expect.arrayContaining([...chosen]));
      expect(chosen).toHaveLength(Math.min(6, good.length));
      const prices = chosen.map(({ dollarsPerHour }) => dollarsPerHour);
      expect(prices).toEqual(
        good
          .map(({ dollarsPerHour }) => dollarsPerHour)
          .sort((one, other) => one - other)
          .slice(0, 6),
      );
    }),
  );
});
