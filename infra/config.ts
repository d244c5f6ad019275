import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Budget } from '../layers/core/money/budget';
import { SshCluster, SsmCluster } from './config-cluster';
import { filtersIn } from './config-filters';

const Resources = z.object({
  cpus: z.number().int().positive(),
  memoryMb: z.number().int().positive(),
  timeMinutes: z.number().int().positive(),
});

/** One installation, from the JSON file named by `-c config=FILE`. Every field is checked before anything is made; unknown fields are errors. */
export const Config = z.strictObject({
  /** Prefix of every physical name; two installations in one account never meet. The tags `trawl-keep` and `trawl-deadline-…` of droplets mean something else than whose they are. */
  installation: z
    .string()
    .regex(
      /^(?!keep$|deadline-)[a-z][a-z0-9-]{1,20}$/,
      'is no name: small letters, digits and "-", 2 to 21, a letter first; not "keep" or "deadline-…"',
    ),
  region: z.string().optional(),
  logLevel: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']).default('INFO'),
  ena: z.strictObject({ portalUrl: z.url(), taxonomyUrl: z.url(), fileBaseUrl: z.url() }).default({
    portalUrl: 'https://www.ebi.ac.uk/ena/portal/api',
    taxonomyUrl: 'https://www.ebi.ac.uk/ena/taxonomy/rest',
    fileBaseUrl: 'https://ftp.sra.ebi.ac.uk',
  }),
  /** The head node that the bridge reaches, over SSH or Systems Manager; see docs/cluster.md. */
  cluster: z.discriminatedUnion('transport', [SshCluster, SsmCluster]),
  /** DigitalOcean droplets as workers; without it there are none. The token goes to SSM by `trawl init --digitalocean-token-file`. */
  droplet: z
    .strictObject({
      apiUrl: z.url().default('https://api.digitalocean.com'),
      /** Slugs, in the order in which they are tried. */
      regions: z.array(z.string().regex(/^[a-z]{3}\d$/)).min(1),
      image: z.string().default('ubuntu-24-04-x64'),
      maxDollarsPerHour: z.number().positive().default(0.5),
      startDeadlineSeconds: z.number().int().min(60).default(900),
      /** Of what leaves a droplet; the allowance that comes with it is not counted on. */
      egressDollarsPerGib: z.number().nonnegative().default(0.01),
      /** How long a droplet whose create was not answered is looked for before another is made; below a minute DigitalOcean's lists may lag longer. */
      lookUpSeconds: z.number().int().min(2).default(60),
      /** A droplet that says nothing for so long is looked at; three looks over the same time that reach it and find no word end its job. An agent pauses for four minutes: with less than five one that works may be ended. */
      silenceSeconds: z.number().int().min(20).default(600),
      /** What is done on a droplet comes home before its job ends, at most this often. */
      earlySweepSeconds: z.number().int().min(20).default(3_600),
      /** Made by slurm/build-worker-kit.sh; relative to the folder that cdk runs in. */
      kitFile: z.string(),
    })
    .optional(),
  /** Sites that pull their work (docs/sites.md). They get some where `caps.providers.site` is set. */
  site: z
    .strictObject({
      /** How long a site holds a batch after its last word. */
      leaseSeconds: z.number().int().min(60).max(86_400).default(900),
      /** As droplet.kitFile, which is handed out where there is none here; without either a site brings its own kit. */
      kitFile: z.string().optional(),
    })
    .prefault({}),
  caps: z
    .strictObject({
      total: z.number().int().positive(),
      pools: z.strictObject({ scheduled: z.number().int().positive(), manual: z.number().int().positive() }),
      /** In the order in which a batch that may go anywhere tries them; sites take what is planned whenever they ask. */
      providers: z.strictObject({
        slurm: z.number().int().positive().optional(),
        droplet: z.number().int().positive().optional(),
        site: z.number().int().positive().optional(),
      }),
      homeFreeBytesMin: z.number().int().nonnegative(),
      /** Of one source, so that a large one leaves places to the others. */
      perSource: z.number().int().positive().optional(),
      /** Bytes at home for each byte planned. */
      homeFactor: z.number().positive().default(1),
      cyclesAtOnce: z.number().int().positive(),
    })
    .default({
      total: 20,
      pools: { scheduled: 16, manual: 4 },
      providers: { slurm: 20 },
      homeFreeBytesMin: 100_000_000_000,
      homeFactor: 1,
      cyclesAtOnce: 5,
    }),
  /** Nothing new is made where money spent in the day or the month, reserved for what lives, and the worst case of the new one exceed this; see docs/money.md. */
  budget: Budget.default({ dollarsPerDay: 100, dollarsPerMonth: 1_000, timeZone: 'UTC' }),
  /** Rules for every source that says nothing else of them: replace, turn off and add to the built-in defaults; see docs/filters.md. */
  filters: z.unknown().transform(filtersIn).optional(),
  /** How listings are taken from ENA, and when one that is whole is not believed without a person; see docs/discovery.md. */
  listing: z
    .strictObject({
      rowLimit: z.number().int().positive().default(250_000),
      secondsPerCall: z.number().int().nonnegative().max(800).default(600),
      dropShare: z.number().min(0).max(1).default(0.1),
      dropRowsMin: z.number().int().positive().default(10),
      blankShare: z.number().min(0).max(1).default(0.1),
    })
    .prefault({}),
  batch: z
    .strictObject({
      maxBytes: z.number().int().positive(),
      maxRuns: z.number().int().positive(),
      /** Longest time that a batch is planned to take; the time limit of its stage bounds it too. */
      maxMinutes: z
        .number()
        .int()
        .positive()
        .default(12 * 60),
      /** Largest disk of a worker. Of a droplet it is that of the largest size within `maxDollarsPerHour`, unless it is said here; a cluster has room. */
      workerDiskGb: z.strictObject({ slurm: z.number().positive().optional(), droplet: z.number().positive().optional() }).default({}),
    })
    .default({ maxBytes: 200_000_000_000, maxRuns: 250, maxMinutes: 12 * 60, workerDiskGb: {} }),
  /** Above any of these a plan waits for `trawl approve`; defaults of a new source. */
  limits: z
    .strictObject({ runs: z.number().int().positive(), bytes: z.number().int().positive(), dollars: z.number().nonnegative() })
    .default({ runs: 5_000, bytes: 20_000_000_000_000, dollars: 100 }),
  /** Over a weekend. A worker whose results could not be brought home is held so long; then they are rescued to the bucket. */
  holdHours: z.number().positive().max(720).default(72),
  /** Hashing again what is at home: days between two full passes of a source, how often the schedule looks, bytes that one job of it reads. */
  verify: z
    .strictObject({
      days: z.number().positive(),
      everyMinutes: z.number().int().min(1),
      maxBytes: z.number().int().positive().max(1_000_000_000_000),
    })
    .default({ days: 90, everyMinutes: 24 * 60, maxBytes: 1_000_000_000_000 }),
  /** How often the reaper compares providers, executions and table; it acts upon what it finds twice. */
  reapEveryMinutes: z.number().int().min(1).max(60).default(2),
  /** Days that what is over is kept; see docs/retention.md. */
  retention: z
    .strictObject({
      /** ENA's own answers, after their listing is finished. */
      rawDays: z.number().int().min(1).default(30),
      /** Listings, and what was made of them, after a later good one. */
      listingDays: z.number().int().min(1).default(365),
      /** Job folders, staging and work at home, after their batch is over. */
      jobDays: z.number().int().min(7).default(90),
      /** Reports of jobs in the bucket. */
      reportDays: z.number().int().min(90).default(365),
    })
    .prefault({}),
  recheckSeconds: z
    .number()
    .int()
    .min(60)
    .default(7 * 24 * 3600),
  startDeadlineSeconds: z
    .number()
    .int()
    .positive()
    .default(24 * 3600),
  /** A batch that waits longer for a place, or for its job to start, is warned of. */
  longPendingHours: z.number().positive().max(720).default(24),
  fetch: z
    .strictObject({ resources: Resources, parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}) })
    .default({ resources: { cpus: 2, memoryMb: 4096, timeMinutes: 24 * 60 }, parameters: {} }),
});
export type Config = z.infer<typeof Config>;

function jsonIn(path: string): unknown {
  const text = readFileSync(path, 'utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Error(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** @throws Error that names the file and every wrong field */
export function readConfig(path: string): Config {
  const parsed = Config.safeParse(jsonIn(path));
  const { droplet, caps } = parsed.data ?? {};
  if (caps?.providers.droplet !== undefined && droplet === undefined)
    throw new Error(`${path}: caps.providers.droplet is set, but there is no "droplet" section`);
  if (parsed.success) return parsed.data;
  throw new Error(`${path}:\n${z.prettifyError(parsed.error)}`);
}
