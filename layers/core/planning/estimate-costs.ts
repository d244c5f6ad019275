import { bytesOnDisk } from './worker-disk';

/** What a plan would take and cost at each provider. Estimates for people; nothing is decided by them. */

/**
 * What the estimate assumes; each is a guess on the dear side, and the command lets a person say better.
 * A droplet loads its files down, and then they are pulled from it at the same pace; a cluster keeps them.
 */
export const ASSUMED = {
  /** Megabytes a second that one worker moves, either way. */
  megabytesPerSecond: 30,
  /** From the order to a droplet to the first byte. */
  dropletSetupSeconds: 300,
  /** Beyond the allowance, per GiB that leaves a droplet; what comes in is free. */
  egressDollarsPerGib: 0.01,
  /** The month's terabyte of the smallest size, which grows with its 672 billed hours. Larger sizes have more, and an account pools them. */
  allowanceGibPerHour: 1.5,
} as const;

/**
 * DigitalOcean's cheapest size for each step of disk, with 2 processors and 4 GB of memory at least, in US dollars an hour as of 2026-08-21.
 * Where a droplet is made, the price is asked for; this table only serves a plan without an installation.
 */
export const DROPLET_SIZES: readonly { readonly slug: string; readonly diskGb: number; readonly dollarsPerHour: number }[] = [
  { slug: 's-2vcpu-4gb', diskGb: 80, dollarsPerHour: 0.03571 },
  { slug: 's-2vcpu-4gb-120gb-intel', diskGb: 120, dollarsPerHour: 0.04762 },
  { slug: 's-2vcpu-8gb-160gb-intel', diskGb: 160, dollarsPerHour: 0.07143 },
  { slug: 's-4vcpu-8gb-240gb-intel', diskGb: 240, dollarsPerHour: 0.09524 },
  { slug: 's-4vcpu-16gb-320gb-intel', diskGb: 320, dollarsPerHour: 0.14286 },
  { slug: 's-8vcpu-16gb-480gb-intel', diskGb: 480, dollarsPerHour: 0.19048 },
  { slug: 's-8vcpu-32gb-640gb-intel', diskGb: 640, dollarsPerHour: 0.28571 },
  { slug: 'so1_5-4vcpu-32gb-intel', diskGb: 900, dollarsPerHour: 0.41369 },
  { slug: 'so1_5-8vcpu-64gb-intel', diskGb: 1800, dollarsPerHour: 0.82738 },
  { slug: 'so1_5-16vcpu-128gb-intel', diskGb: 3600, dollarsPerHour: 1.65476 },
  { slug: 'so1_5-32vcpu-256gb-intel', diskGb: 7200, dollarsPerHour: 3.30952 },
];

export interface CostSettings {
  readonly megabytesPerSecond: number;
  readonly egressDollarsPerGib: number;
  /** Of one droplet, instead of the table. */
  readonly dollarsPerHour?: number;
}
/** Hours of all workers together, each batch rounded up to the hour begun. */
export interface ProviderCosts {
  readonly slurm: { readonly hours: number; readonly dollars: 0 };
  /** `dollars` is all of it, `egressDollars` included. */
  readonly droplet: { readonly hours: number; readonly dollars: number; readonly egressDollars: number };
}

const GIB = 1024 ** 3;
const cents = (dollars: number): number => Math.round(dollars * 100) / 100;
const hoursOf = (seconds: number): number => Math.max(1, Math.ceil(seconds / 3600));

/** The cheapest size that holds so many bytes; the largest where none does. */
function priceFor(bytes: number): number {
  return (DROPLET_SIZES.find(({ diskGb }) => bytesOnDisk(diskGb) >= bytes) ?? DROPLET_SIZES.at(-1))?.dollarsPerHour ?? 0;
}

/** Hours and dollars of a plan, were all its batches to run at one provider; pure. A cluster is the laboratory's own and costs nothing. */
export function estimateCosts(
  batches: readonly { readonly bytes: number }[],
  { megabytesPerSecond, egressDollarsPerGib, dollarsPerHour }: CostSettings,
): ProviderCosts {
  const sum = { slurm: 0, droplet: 0, rent: 0, egress: 0 };
  for (const { bytes } of batches) {
    const once = bytes / (megabytesPerSecond * 1e6);
    const hours = hoursOf(ASSUMED.dropletSetupSeconds + 2 * once);
    sum.slurm += hoursOf(once);
    sum.droplet += hours;
    sum.rent += hours * (dollarsPerHour ?? priceFor(bytes));
    sum.egress += Math.max(0, bytes / GIB - hours * ASSUMED.allowanceGibPerHour) * egressDollarsPerGib;
  }
  return {
    slurm: { hours: sum.slurm, dollars: 0 },
    droplet: { hours: sum.droplet, dollars: cents(sum.rent + sum.egress), egressDollars: cents(sum.egress) },
  };
}
