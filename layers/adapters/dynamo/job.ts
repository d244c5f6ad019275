import { Entity } from 'electrodb';
import { FINAL_JOB_STATUSES, Job, type JobStatus } from '../../core/entities';
import { keyScopeOf } from '../../core/ids';
import type { JobStore, Written } from '../../core/ports/stores';
import { inOrder } from '../order';
import { attributesOf, hidden } from './attributes';
import { assigned, changed, commitChange, type Patch } from './change';
import type { EventEntity } from './event';
import { allParsed, conflict, parsed, stored, written } from './parsed';
import { fromEveryShard, shardOf } from './shards';
import {
  ALL_CONSISTENT,
  CONSISTENT,
  model,
  partitionKey,
  sortKey,
  STATUS_INDEX,
  statusPartitionKey,
  statusSortKey,
  type Table,
} from './table';

/** Lies under the attempt it belongs to (`scope`: its worker, or its cycle when it is an index job). Only open jobs stand in the index. */
export const jobEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('job'),
      attributes: { ...attributesOf(Job), scope: hidden('string'), shard: hidden('string') },
      indexes: {
        ofScope: { scope: 'job', pk: partitionKey('scope'), sk: sortKey('jobId') },
        open: {
          index: STATUS_INDEX,
          scope: 'job-open',
          condition: ({ status }) => !FINAL_JOB_STATUSES.includes(status as JobStatus),
          pk: statusPartitionKey('shard'),
          sk: statusSortKey('jobId'),
        },
      },
    },
    { table, client },
  );
export type JobEntity = ReturnType<typeof jobEntity>;

const KEY = ['jobId'];
const keyOf = (jobId: string) => ({ scope: keyScopeOf(jobId), jobId });
/** What the index keys are made of besides the status. */
const indexed = (jobId: string) => ({ shard: shardOf(jobId), jobId });
const RETURNING = { response: 'all_new', returnOnConditionCheckFailure: 'all_old' } as const;

/** One update without a change of status: the index keys stay as they are. */
const update = async (patch: Patch): Promise<Written<Job>> => {
  const { rejected, data } = await patch.go(RETURNING);
  return rejected ? conflict(parsed(Job, data)) : written(Job.parse(data));
};

export const dynamoJobs = (jobs: JobEntity, events: EventEntity): JobStore => {
  const get = async (jobId: string): Promise<Job | undefined> => parsed(Job, (await jobs.get(keyOf(jobId)).go(CONSISTENT)).data);
  const patch = (jobId: string) => jobs.patch(keyOf(jobId));
  return {
    get,
    add: async (job) => {
      const item = { ...stored(job), ...keyOf(job.jobId), shard: shardOf(job.jobId) };
      const { rejected, data } = await jobs.create(item).go({ returnOnConditionCheckFailure: 'all_old' });
      return rejected ? conflict(parsed(Job, data)) : written(job);
    },
    open: async (limit) => {
      const found = await fromEveryShard(async (shard) => (await jobs.query.open({ shard }).go({ pages: 'all' })).data);
      return inOrder(allParsed(Job, found), (job) => `${job.requestedAt}#${job.jobId}`).slice(0, limit);
    },
    ofWorker: async (workerId) => allParsed(Job, (await jobs.query.ofScope({ scope: workerId }).go(ALL_CONSISTENT)).data),
    change: (jobId, change) =>
      commitChange(
        { entities: { item: jobs, event: events }, schema: Job, read: () => get(jobId) },
        change,
        changed(patch(jobId), change, indexed(jobId), KEY),
      ),
    note: (jobId, set, remove) =>
      update(
        assigned(patch(jobId), set, remove, [...KEY, 'status']).where(({ status }, { ne }) =>
          FINAL_JOB_STATUSES.map((final) => ne(status ?? '', final)).join(' AND '),
        ),
      ),
    raiseSeq: (jobId, seq, heardAt) =>
      update(assigned(patch(jobId), { lastSeq: seq, lastHeardAt: heardAt }).where(({ lastSeq }, { lt }) => lt(lastSeq ?? '', seq))),
    spendEnrolment: (jobId, enrolmentHash, nonce) =>
      update(
        assigned(patch(jobId), { enrolmentNonce: nonce }).where(
          (names, { eq, notExists }) =>
            `${eq(names['enrolmentHash'] ?? '', enrolmentHash)} AND (${notExists(names['enrolmentNonce'] ?? '')} OR ${eq(names['enrolmentNonce'] ?? '', nonce)})`,
        ),
      ),
  };
};
