/** The one table, as data: what infrastructure creates and what the entities of this folder are stored under. All keys are text. */
export const TABLE = {
  pk: 'pk',
  sk: 'sk',
  /** Everything that is looked for by where it stands: batches and workers by status, open jobs, due sources. Projects all attributes. */
  indexes: [{ name: 'byStatus', pk: 'gsi1pk', sk: 'gsi1sk' }],
} as const;

/** How the keys of partitions begin in which tokens stand, by hash and by name: what opens the API. */
export const TOKEN_KEY_PREFIXES = ['$trawl_token#', '$trawl_issued-token#'] as const;

/** Partitions that each status (and the list of sources) is spread over, so that no key is hot; changing it means rewriting the table. */
export const SHARD_COUNT = 8;
