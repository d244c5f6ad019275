/** What nobody sends who means well, through every door: callbacks, events, inputs of machines. */
import { SSMClient } from '@aws-sdk/client-ssm';
import { randomUUID } from 'node:crypto';
import { parameterName } from '../../../infra/names';
import { masterOf } from '../../../layers/core/callbacks/masters';
import { attemptKeyOf, signatureOf } from '../../../layers/core/callbacks/keys';
import { MACHINE_NAMES, type MachineName } from '../../../layers/core/ports/outside';
import { ssmSecrets } from '../../../layers/adapters/aws/secrets';
import { injected } from '../../run/faults/ledger';
import { ACCOUNT, REGION } from '../../world/aws/emulator';
import { sleep } from '../../world/aws/processes';
import type { Place } from '../../e2e/faults/place';
import type { Scenario } from '../../e2e/faults/scenarios';
import type { WatchedSource } from '../../e2e/faults/watched-source';

export interface Poisoned {
  /** Status of the answer to each body, sorted and once each. */
  readonly enrol: readonly number[];
  readonly unsigned: readonly number[];
  readonly signed: readonly number[];
  readonly machines: Readonly<Record<string, string | undefined>>;
}

const TOO_LONG = 'x'.repeat(70_000);
const SHAPELESS = ['', 'no JSON', '[]', 'null', '"text"', '{}', '{"v":99}', '\u0000\u0001\uFFFF', '['.repeat(5_000), TOO_LONG];
/** The names that inputs have, each with what it never is. */
const WRONG_INPUT = { id: 7, batchId: 7, workerId: 7, sourceId: 7, operationId: 7, attempt: 'first', cycle: 'last', index: null };
const once = (statuses: readonly number[]): readonly number[] => [...new Set(statuses)].sort((one, other) => one - other);

async function post({ installation }: Place, path: string, body: string, signature?: string): Promise<number> {
  const headers = { 'content-type': 'application/json', ...(signature !== undefined && { 'x-trawl-signature': signature }) };
  return (await fetch(installation.access.url + path, { method: 'POST', headers, body })).status;
}

/** Signed with the worker's own key, so that the signature holds and the words are what is wrong. */
async function signedPoison(place: Place, source: WatchedSource): Promise<readonly number[]> {
  const { installation, stores } = place;
  const [jobId, job] = [source.job(), await stores.jobs.get(source.job())];
  if (job === undefined) throw new Error(`there is no ${jobId}`);
  const clientOf = {
    endpoint: installation.emulator.endpoint,
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const parameter = (): Promise<string> => ssmSecrets(new SSMClient(clientOf)).get(parameterName(installation.name, 'master'));
  const key = attemptKeyOf(await masterOf(parameter, job), jobId, 1);
  const whole = { v: 1, jobId, attempt: 1, seq: 900, sentAt: new Date().toISOString(), kind: 'alive', body: {} };
  const wrong: readonly object[] = [
    ...[{ kind: 'explode' }, { seq: -1 }, { seq: 1e300 }, { body: [] }, { body: null }, { v: 99 }, { jobId: 'study-PRJEB1.1.1.a1.fetch' }],
    ...[
      { kind: 'finished', body: {} },
      { kind: 'finished', body: { jobId, kind: 'run', result: 'finished', runs: 'all of them' } },
    ],
  ];
  const bodies = ['', '[]', 'no JSON', ...wrong.map((fields) => JSON.stringify({ ...whole, ...fields }))];
  const path = `/callbacks/${jobId}`;
  return Promise.all(bodies.map((body) => post(place, path, body, signatureOf(key, path, Buffer.from(body)))));
}

/** Events of executions that lack what they are about, handed on as the bus does; a bus itself takes none of this source from anybody. */
async function poisonSettling({ installation: { emulator, name } }: Place): Promise<number> {
  const stateMachineArn = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}-process-batch`;
  const details: readonly unknown[] = [
    { status: 'FAILED', stateMachineArn },
    { status: 'FAILED', stateMachineArn, name: 7 },
    'text',
    undefined,
  ];
  for (const detail of details) {
    const response = await fetch(`${emulator.endpoint}/2015-03-31/functions/${name}-settle-execution/invocations`, {
      method: 'POST',
      headers: {
        'x-amz-invocation-type': 'Event',
        authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${REGION}/lambda/aws4_request, SignedHeaders=host, Signature=none`,
      },
      body: JSON.stringify({ source: 'aws.states', detail }),
    });
    if (response.status !== 202) throw new Error(`the event was not taken: ${response.status} ${await response.text()}`);
  }
  return details.length;
}

/** Every machine with an input that it does not know. @returns how each execution ended */
async function poisonMachines({ machines }: Place): Promise<Poisoned['machines']> {
  const ended = async (machine: MachineName): Promise<readonly [string, string | undefined]> => {
    const name = `poisoned-${randomUUID()}`;
    await machines.start(machine, name, WRONG_INPUT);
    for (;;) {
      const status = await machines.status(machine, name);
      if (status !== 'RUNNING') return [machine, status];
      await sleep(500);
    }
  };
  return Object.fromEntries(await Promise.all(MACHINE_NAMES.map(ended)));
}

/** All of it while its job is at a download that goes on when everything was said: after the end of a job its words are not looked at. */
export const poisoned = (place: Place, source: WatchedSource): Scenario<Poisoned> => ({
  source,
  arrange: () => source.stall(source.accessions[1] ?? '', 3),
  play: async () => {
    await source.untilStaged(source.accessions[0] ?? '');
    const path = `/callbacks/${source.job()}`;
    const enrol = await Promise.all(SHAPELESS.map((body) => post(place, '/callbacks/enrol', body)));
    const unsigned = await Promise.all(SHAPELESS.map((body) => post(place, path, body)));
    const signed = await signedPoison(place, source);
    await source.deliver(source.accessions[1] ?? '');
    const events = await poisonSettling(place);
    const machines = await poisonMachines(place);
    injected('control-event-poisoned', enrol.length + unsigned.length + signed.length + events + Object.keys(machines).length);
    await source.untilSettled();
    return { enrol: once(enrol), unsigned: once(unsigned), signed: once(signed), machines };
  },
});
