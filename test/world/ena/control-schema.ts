import { z } from 'zod';

const Accession = z.string().regex(/^[A-Z]{3}\d{3,}$/);
const Fields = z.record(z.string().regex(/^\w+$/), z.string().regex(/^[^\t\n]*$/));

/**
 * A change of the archive. `add`: a row with the given columns, on top of a copy of the row `like`; its files are new
 * (those named, else as many as `like` has). `regenerate`: other bytes and md5 in the same files, dates untouched.
 */
export const Change = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('add'),
    accession: Accession,
    like: Accession.optional(),
    fields: Fields.default({}),
    files: z.array(z.strictObject({ name: z.string().regex(/^[\w.-]+$/), bytes: z.int().min(1_000).max(50_000_000) })).optional(),
  }),
  z.strictObject({ kind: z.literal('edit'), accession: Accession, fields: Fields }),
  z.strictObject({ kind: z.literal('regenerate'), accession: Accession, seed: z.int().optional() }),
  z.strictObject({ kind: z.literal('withdraw'), accession: Accession }),
  z.strictObject({ kind: z.literal('restore'), accession: Accession }),
]);
export type Change = z.output<typeof Change>;
export type ChangeInput = z.input<typeof Change>;

const Seconds = z.number().min(0).max(3600);
const Status = z.strictObject({
  kind: z.literal('status'),
  status: z.int().min(400).max(599),
  retryAfterSeconds: z.int().min(0).optional(),
  /** An HTML page as the body, as gateways send it, instead of a line of text. */
  isHtml: z.boolean().default(false),
});
/** Before the first byte: cut the connection, say nothing for a while and then cut it, or answer late. */
const Delays = [
  z.strictObject({ kind: z.literal('reset') }),
  z.strictObject({ kind: z.literal('stall'), seconds: Seconds.default(3600) }),
  z.strictObject({ kind: z.literal('slow'), seconds: Seconds }),
] as const;
/** `truncated`: half of the body, with a clean end. `cut`: half of the promised length, then the connection breaks. */
const Bodies = [
  z.strictObject({ kind: z.literal('zero-bytes') }),
  z.strictObject({ kind: z.literal('truncated') }),
  z.strictObject({ kind: z.literal('cut') }),
] as const;

export const PortalFault = z.discriminatedUnion('kind', [
  Status,
  ...Delays,
  ...Bodies,
  z.strictObject({ kind: z.literal('header-only') }),
  z.strictObject({ kind: z.literal('blank-files') }),
  z.strictObject({ kind: z.literal('missing-column'), column: z.string() }),
  /** These are no return fields: a search that asks for one is refused, and `returnFields` does not name them. */
  z.strictObject({ kind: z.literal('dropped-columns'), columns: z.array(z.string()).min(1) }),
  z.strictObject({ kind: z.literal('renamed-column'), column: z.string(), as: z.string() }),
  /** 204, as older deployments answer where nothing is found. */
  z.strictObject({ kind: z.literal('no-content') }),
  /** Rows silently missing, or one of them twice, in an answer that ends as if whole. */
  z.strictObject({ kind: z.literal('lost-rows'), rows: z.int().min(1).default(1) }),
  z.strictObject({ kind: z.literal('doubled-row') }),
  /** One row has a value too many. */
  z.strictObject({ kind: z.literal('broken-row') }),
  /** A count that is wrong by this many. */
  z.strictObject({ kind: z.literal('wrong-count'), by: z.int() }),
  z.strictObject({ kind: z.literal('json-error'), message: z.string(), status: z.int().min(200).max(599).default(200) }),
]);
export const TaxonomyFault = z.discriminatedUnion('kind', [Status, ...Delays, ...Bodies]);
/** `wrong-bytes`: the right length, other content. A file's `stall` sends half of the body first. */
export const FileFault = z.discriminatedUnion('kind', [Status, ...Delays, ...Bodies, z.strictObject({ kind: z.literal('wrong-bytes') })]);
export type Fault = z.output<typeof PortalFault> | z.output<typeof FileFault>;

// `contains` is looked for in method, path and decoded parameters: "GET /ena/portal/api/search?query=tax_eq(9031)&limit=0".
// `after`: so many matching requests are answered well first, for a fault in the middle of a cycle.
const Match = { contains: z.string().default(''), times: z.int().min(1).default(1), after: z.int().min(0).default(0) };
/** A fault for the next `times` requests that match; of several rules that match, the oldest acts. */
export const FaultRule = z.discriminatedUnion('on', [
  z.strictObject({ on: z.literal('portal'), ...Match, fault: PortalFault }),
  z.strictObject({ on: z.literal('taxonomy'), ...Match, fault: TaxonomyFault }),
  z.strictObject({ on: z.literal('files'), ...Match, fault: FileFault }),
]);
export type FaultRule = z.output<typeof FaultRule>;
export type FaultRuleInput = z.input<typeof FaultRule>;

/** `emptyStatus` 204 answers a search without rows as older deployments of ENA did; `defaultLimit` holds where no limit is sent; `droppedColumns` are no return fields any more. */
export const Settings = z.strictObject({
  emptyStatus: z.union([z.literal(200), z.literal(204)]),
  defaultLimit: z.int().min(1),
  droppedColumns: z.array(z.string()),
});
export type Settings = z.output<typeof Settings>;

/** Rows of a study without files of their own: the archive of a large source. */
export const Synthetic = z.strictObject({
  count: z.int().min(0).max(5_000_000),
  study: Accession.or(z.string().regex(/^PRJ[A-Z]{2}\d+$/)),
  /** Laid over every row. */
  fields: Fields.default({}),
});
export type Synthetic = z.output<typeof Synthetic>;

/** One request as it came and how it was answered; `status` is null while it is open or when the connection was cut unanswered. */
export const LoggedRequest = z.object({
  seq: z.int(),
  at: z.string(),
  method: z.string(),
  path: z.string(),
  /** Parameters of the query string and the form, decoded. */
  query: z.record(z.string(), z.string()),
  range: z.string().nullable(),
  status: z.int().nullable(),
  /** Bytes of the body handed to the connection. */
  bytesSent: z.int(),
  fault: z.string().nullable(),
});
export type LoggedRequest = z.output<typeof LoggedRequest>;

/** A file that the archive serves: what its row says of it. */
export const ServedFile = z.object({ accession: z.string(), path: z.string(), bytes: z.int(), md5: z.string() });
export type ServedFile = z.output<typeof ServedFile>;
