import { z } from 'zod';
import type { Answer } from './answer';
import type { components } from './openapi';
import { requests, type ApiSettings, type Requests } from './request';
import type { RateLimits } from './rate-limit';

type Schemas = components['schemas'];
export type CreateDroplet = Schemas['droplet_single_create'];

// Only what is used is looked at: a token without some scope leaves whole fields out.
const Droplet = z.object({
  id: z.number().int().positive(),
  name: z.string(),
  /** `new`, `active`, `off` or `archive`; another word is no reason to lose sight of a droplet. */
  status: z.string(),
  tags: z.array(z.string()).default([]),
  size: z.object({ slug: z.string().optional(), price_hourly: z.number().nonnegative() }).optional(),
  region: z.object({ slug: z.string() }).optional(),
}) satisfies z.ZodType<Described<'droplet', 'id' | 'name' | 'status'>>;
export type Droplet = z.infer<typeof Droplet>;

const Size = z.object({
  slug: z.string(),
  available: z.boolean(),
  regions: z.array(z.string()),
  vcpus: z.number(),
  memory: z.number(),
  disk: z.number(),
  price_hourly: z.number().nonnegative(),
  gpu_info: z.unknown().optional(),
}) satisfies z.ZodType<Described<'size', 'slug' | 'available' | 'regions' | 'vcpus' | 'memory' | 'disk' | 'price_hourly'>>;
export type Size = z.infer<typeof Size>;

const Account = z.object({ droplet_limit: z.number().int(), status: z.string() }) satisfies z.ZodType<
  Described<'account', 'droplet_limit' | 'status'>
>;
export type Account = z.infer<typeof Account>;

/** These fields as DigitalOcean describes them, with any word where it lists some. */
type Described<Name extends keyof Schemas, Field extends keyof Schemas[Name]> = {
  [Key in Field]: Schemas[Name][Key] extends string ? string : Schemas[Name][Key];
};

export interface DigitalOcean {
  readonly createDroplet: (droplet: CreateDroplet) => Promise<Answer<Droplet>>;
  readonly getDroplet: (id: number) => Promise<Answer<Droplet>>;
  readonly dropletsByTag: (tag: string) => Promise<Answer<readonly Droplet[]>>;
  /** The API compares names without regard to case. */
  readonly dropletsByName: (name: string) => Promise<Answer<readonly Droplet[]>>;
  readonly deleteDroplet: (id: number) => Promise<Answer<undefined>>;
  readonly sizes: () => Promise<Answer<readonly Size[]>>;
  readonly account: () => Promise<Answer<Account>>;
  readonly limits: () => RateLimits | undefined;
}

/** The calls of DigitalOcean's API that Trawl makes. Each ends as data, none is repeated. */
export function digitalOcean(settings: ApiSettings): DigitalOcean {
  const { ask, limits } = requests(settings);
  const droplets = (filter: Readonly<Record<string, string>>): Promise<Answer<readonly Droplet[]>> =>
    everyPage(ask, '/v2/droplets', filter, z.object({ droplets: z.array(Droplet), ...Paged }), ({ droplets: page }) => page);
  return {
    createDroplet: async (body) =>
      map(await ask({ method: 'POST', path: '/v2/droplets', body, answer: z.object({ droplet: Droplet }) }), ({ droplet }) => droplet),
    getDroplet: async (id) =>
      map(
        await ask({ method: 'GET', path: `/v2/droplets/${id}`, answer: z.object({ droplet: Droplet }), spared: true }),
        ({ droplet }) => droplet,
      ),
    dropletsByTag: (tag) => droplets({ tag_name: tag }),
    dropletsByName: (name) => droplets({ name }),
    deleteDroplet: async (id) =>
      map(await ask({ method: 'DELETE', path: `/v2/droplets/${id}`, answer: z.unknown(), spared: true }), () => undefined),
    sizes: () => everyPage(ask, '/v2/sizes', {}, z.object({ sizes: z.array(Size), ...Paged }), ({ sizes }) => sizes),
    account: async () =>
      map(await ask({ method: 'GET', path: '/v2/account', answer: z.object({ account: Account }) }), ({ account }) => account),
    limits,
  };
}

const map = <T, U>(answer: Answer<T>, change: (value: T) => U): Answer<U> =>
  answer.outcome === 'done' ? { outcome: 'done', value: change(answer.value) } : answer;

const Paged = {
  links: z.object({ pages: z.object({ next: z.string().optional() }).optional() }).optional(),
  meta: z.object({ total: z.number() }).optional(),
};
type Page = z.infer<z.ZodObject<typeof Paged>>;
const PER_PAGE = 200;
const MOST_PAGES = 100;

/**
 * All pages, by number: a link is not followed, since the token would go where it points. What is removed meanwhile shifts the pages, so
 * that one may be missed; fewer than the API counts are no whole answer.
 */
async function everyPage<P extends Page, T extends { readonly [key: string]: unknown }>(
  ask: Requests['ask'],
  path: string,
  filter: Readonly<Record<string, string>>,
  schema: z.ZodType<P>,
  itemsOf: (page: P) => readonly T[],
): Promise<Answer<readonly T[]>> {
  const found = new Map<unknown, T>();
  for (let page = 1; page <= MOST_PAGES; page++) {
    const query = new URLSearchParams({ ...filter, per_page: String(PER_PAGE), page: String(page) }).toString();
    const answer = await ask({ method: 'GET', path: `${path}?${query}`, answer: schema });
    if (answer.outcome !== 'done') return answer;
    for (const item of itemsOf(answer.value)) found.set(item['id'] ?? item['slug'], item);
    if (answer.value.links?.pages?.next !== undefined) continue;
    const whole = page === 1 || found.size >= (answer.value.meta?.total ?? 0);
    return whole ? { outcome: 'done', value: [...found.values()] } : { outcome: 'unknown', detail: 'the list changed while it was read' };
  }
  return { outcome: 'unknown', detail: `more than ${MOST_PAGES} pages` };
}
