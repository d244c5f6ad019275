import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Stores } from '../../core/ports/stores';
import { documentClient } from '../aws/clients';
import { breakerEntity, dynamoBreakers } from './breaker';
import { batchEntity, dynamoBatches } from './batch';
import { dynamoClaims } from './claim';
import { counterEntity } from './counter';
import { dynamoEvents, eventEntity } from './event';
import { fetchEntity } from './fetch';
import { dynamoJobs, jobEntity } from './job';
import { dynamoLeases, leaseEntity } from './lease';
import { dynamoHome, homeEntity } from './home';
import { dynamoMoney, ledgerEntity, spendingEntity } from './money';
import { dynamoPaces, paceEntity, paceSampleEntity } from './pace';
import { dynamoOperations, operationEntity } from './operation';
import { dynamoOutcomes } from './outcome';
import { dynamoReaps, keepEntity, reapReportEntity } from './reap';
import { dynamoSites, siteEntity } from './site';
import { dynamoSources, sourceEntity } from './source';
import type { Table } from './table';
import { dynamoTokens, issuedTokenEntity, tokenEntity } from './token';
import { dynamoWaits, waitEntity } from './wait';
import { dynamoWorkers } from './worker';
import { dynamoWorkflows, workflowEntity } from './workflow';
import { workerEntity } from './worker-entity';

/** Every store, over the one table. */
export const dynamoStores = (tableName: string, client: DynamoDBDocumentClient = documentClient()): Stores => {
  const at: Table = { table: tableName, client };
  const events = eventEntity(at);
  const batches = batchEntity(at);
  const fetches = fetchEntity(at);
  const money = { ledgers: ledgerEntity(at), spendings: spendingEntity(at) };
  return {
    sources: dynamoSources(sourceEntity(at), events),
    batches: dynamoBatches(batches, events),
    workers: dynamoWorkers({ workers: workerEntity(at), batches, counters: counterEntity(at), events, ...money }),
    jobs: dynamoJobs(jobEntity(at), events),
    claims: dynamoClaims(fetches),
    outcomes: dynamoOutcomes(fetches),
    events: dynamoEvents(events),
    waits: dynamoWaits(waitEntity(at)),
    tokens: dynamoTokens({ tokens: tokenEntity(at), issued: issuedTokenEntity(at) }),
    leases: dynamoLeases(leaseEntity(at)),
    paces: dynamoPaces({ paces: paceEntity(at), samples: paceSampleEntity(at) }),
    home: dynamoHome(homeEntity(at)),
    money: dynamoMoney({ ...money, events }),
    breakers: dynamoBreakers(breakerEntity(at)),
    operations: dynamoOperations(operationEntity(at)),
    reaps: dynamoReaps({ reports: reapReportEntity(at), keeps: keepEntity(at) }),
    sites: dynamoSites(siteEntity(at)),
    workflows: dynamoWorkflows(workflowEntity(at)),
  };
};
