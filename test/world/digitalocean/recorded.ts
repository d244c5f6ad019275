import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const read = (name: string): unknown => JSON.parse(readFileSync(join(__dirname, 'data', name), 'utf8'));

/** The names of the regions that are open to everyone. */
const REGIONS = {
  nyc1: 'New York 1',
  nyc3: 'New York 3',
  ams3: 'Amsterdam 3',
  sfo2: 'San Francisco 2',
  sfo3: 'San Francisco 3',
  sgp1: 'Singapore 1',
  lon1: 'London 1',
  fra1: 'Frankfurt 1',
  tor1: 'Toronto 1',
  blr1: 'Bangalore 1',
  syd1: 'Sydney 1',
} as const;
export const REGION_SLUGS: readonly string[] = Object.keys(REGIONS);

const RecordedSize = z.object({
  slug: z.string(),
  memory: z.int(),
  vcpus: z.int(),
  disk: z.int(),
  price_monthly: z.number(),
  price_hourly: z.number(),
});

/** Every size as `GET /v2/sizes` lists it; what was not recorded (regions, transfer, description) is ours. */
export const SIZES = z
  .object({ sizes: z.array(RecordedSize) })
  .parse(read('sizes.json'))
  .sizes.map((size) => ({ ...size, transfer: size.vcpus, regions: REGION_SLUGS, available: true, description: 'recorded' }));
export type Size = (typeof SIZES)[number];

/** A region as droplets show it; undefined for one that there is not. */
export function regionOf(slug: string): Readonly<Record<string, unknown>> | undefined {
  const name = (REGIONS as Readonly<Record<string, string>>)[slug];
  return name === undefined
    ? undefined
    : { name, slug, features: ['metadata', 'storage', 'ipv6'], available: true, sizes: SIZES.map((size) => size.slug) };
}

/** Status and body of an answer; without a body it is 204. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
}

export const REFUSALS = [
  'unauthorized',
  'forbidden',
  'not-found',
  'conflict',
  'limit',
  'region-unavailable',
  'size-unavailable',
  'size-too-large',
  'pending-event',
  'rate-limited',
  'server-error',
] as const;
export type Refusal = (typeof REFUSALS)[number];
const RecordedReply = z.object({ status: z.int(), body: z.object({ id: z.string(), message: z.string() }) });
const recordedReplies = z.record(z.enum(REFUSALS), RecordedReply).parse(read('errors.json'));

/** A refusal in DigitalOcean's own words. */
export const refusal = (kind: Refusal): Reply => recordedReplies[kind];
/** A refusal whose words are not recorded, so ours. */
export const invalid = (message: string): Reply => ({ status: 422, body: { id: 'unprocessable_entity', message } });
