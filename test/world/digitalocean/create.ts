import { z } from 'zod';
import type { Fault } from './control-schema';
import { invalid, refusal, REGION_SLUGS, type Reply, SIZES } from './recorded';
import { showDroplet } from './droplet';
import type { World } from './world';

const MAX_USER_DATA_BYTES = 65_536;
/** As the OpenAPI document writes them. */
export const TagName = z
  .string()
  .max(255)
  .regex(/^[a-zA-Z0-9_\-:]+$/);

/** Fields that the stand-in does not act on are let through, as long as the document knows them. */
const CreateDroplet = z.strictObject({
  name: z
    .string()
    .max(255)
    .regex(/^[a-zA-Z0-9]?[a-z0-9A-Z.-]*[a-z0-9A-Z]$/),
  region: z.string().optional(),
  size: z.string(),
  image: z.union([z.string(), z.int()]),
  tags: z.array(TagName).nullish(),
  user_data: z
    .string()
    .refine((text) => Buffer.byteLength(text) <= MAX_USER_DATA_BYTES, 'user_data is above 64 KiB')
    .optional(),
  ssh_keys: z.array(z.union([z.string(), z.int()])).optional(),
  backups: z.boolean().optional(),
  ipv6: z.boolean().optional(),
  monitoring: z.boolean().optional(),
  volumes: z.array(z.string()).optional(),
  vpc_uuid: z.string().optional(),
  with_droplet_agent: z.boolean().optional(),
  public_networking: z.boolean().optional(),
});

/** `POST /v2/droplets` with one name. Asked twice it makes two, as there: the API has no key for idempotency. */
export async function createDroplet(world: World, body: unknown, faults: readonly Fault[], url: string): Promise<Reply> {
  const parsed = CreateDroplet.safeParse(body);
  if (!parsed.success) return invalid(z.prettifyError(parsed.error));
  const { name, size: slug, image, tags, user_data: userData = '', region = REGION_SLUGS[0] ?? '' } = parsed.data;
  const size = SIZES.find((each) => each.slug === slug);
  if (size === undefined) return invalid('You specified an invalid size for Droplet creation.');
  if (!REGION_SLUGS.includes(region)) return invalid('You specified an invalid region for Droplet creation.');
  const { dropletLimit, unavailableRegions, unavailableSizes } = world.settings;
  if (unavailableRegions.includes(region)) return refusal('region-unavailable');
  if (unavailableSizes.includes(slug) || unavailableSizes.includes(`${slug}@${region}`)) return refusal('size-unavailable');
  const living = world.droplets.filter((droplet) => world.statusOf(droplet) !== 'destroyed');
  if (living.length >= dropletLimit) return refusal('limit');
  const droplet = await world.create({ name, region, size, image, tags: tags ?? [], userData }, faults);
  const action = { id: droplet.actionId, rel: 'create', href: `${url}/v2/actions/${droplet.actionId}` };
  const asNew = {
    ...(showDroplet(droplet, world.settings, world.now()) as object),
    locked: false,
    status: 'new',
    networks: { v4: [], v6: [] },
  };
  return { status: 202, body: { droplet: asNew, links: { actions: [action] } } };
}
