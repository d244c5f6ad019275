import { workerDisksOf } from '../../infra/settings';

const batch = { maxBytes: 1, maxRuns: 1, maxMinutes: 1, workerDiskGb: {} };
const droplet = (maxDollarsPerHour: number) => ({ maxDollarsPerHour }) as NonNullable<Parameters<typeof workerDisksOf>[0]['droplet']>;

test.each([
  { name: 'a cluster has room', config: { batch, droplet: undefined }, disks: {} },
  {
    name: 'a droplet has the disk of the largest size within its price',
    config: { batch, droplet: droplet(0.5) },
    disks: { droplet: 900 },
  },
  { name: 'a lower price means a smaller one', config: { batch, droplet: droplet(0.1) }, disks: { droplet: 240 } },
  {
    name: 'what a person says holds',
    config: { batch: { ...batch, workerDiskGb: { slurm: 500, droplet: 100 } }, droplet: droplet(0.5) },
    disks: { slurm: 500, droplet: 100 },
  },
])('$name', ({ config, disks }) => {
  expect(workerDisksOf(config)).toEqual(disks);
});
