import { SendTaskSuccessCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { stepFunctions } from '../../../layers/adapters/aws/machines';
import { ssmSecrets } from '../../../layers/adapters/aws/secrets';
import { SecretMissingError } from '../../../layers/core/errors';

const error = (name: string): Error => Object.assign(new Error(name), { name });
const sfn = mockClient(SFNClient);
const ssm = mockClient(SSMClient);
beforeEach(() => {
  sfn.reset();
  ssm.reset();
});
const machines = stepFunctions({ heartbeat: 'arn:aws:states:eu-west-2:1:stateMachine:heartbeat' }, new SFNClient({ region: 'eu-west-2' }));

test.each(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'])('a token of which Step Functions says %s has expired', async (name) => {
  sfn.on(SendTaskSuccessCommand).rejects(error(name));
  await expect(machines.answer('token', {})).resolves.toBe('expired');
});

test('an answer that failed for another reason is to be tried again', async () => {
  sfn.on(SendTaskSuccessCommand).rejects(error('ThrottlingException'));
  await expect(machines.answer('token', {})).rejects.toMatchObject({ name: 'ThrottlingException' });
});

test('a start that failed for another reason than its name is to be tried again', async () => {
  sfn.on(StartExecutionCommand).rejects(error('ThrottlingException'));
  await expect(machines.start('heartbeat', 'one', {})).rejects.toMatchObject({ name: 'ThrottlingException' });
});

test('a machine whose ARN was not given is an error by name', async () => {
  await expect(machines.start('check-source', 'one', {})).rejects.toMatchObject({ name: 'MachineUnknownError', machine: 'check-source' });
});

const at = (seconds: number): Date => new Date(Date.UTC(2026, 10, 21, 8, 0, seconds));

test('a secret is read decrypted, once a minute', async () => {
  ssm
    .on(GetParameterCommand)
    .resolvesOnce({ Parameter: { Value: 'first' } })
    .resolves({ Parameter: { Value: 'second' } });
  let seconds = 0;
  const secrets = ssmSecrets(new SSMClient({ region: 'eu-west-2' }), () => at(seconds));
  const read: string[] = [];
  for (seconds of [0, 30, 59, 60, 61]) read.push(await secrets.get('/trawl/master'));
  expect(read).toEqual(['first', 'first', 'first', 'second', 'second']);
  expect(ssm.commandCalls(GetParameterCommand)[0]?.args[0].input).toEqual({ Name: '/trawl/master', WithDecryption: true });
});

test('a secret that is missing is an error that says what to do, and is looked for again', async () => {
  ssm
    .on(GetParameterCommand)
    .rejectsOnce(new ParameterNotFound({ message: 'no', $metadata: {} }))
    .resolves({ Parameter: { Value: 'there' } });
  const secrets = ssmSecrets(new SSMClient({ region: 'eu-west-2' }), () => at(0));
  await expect(secrets.get('/trawl/master')).rejects.toEqual(new SecretMissingError('/trawl/master'));
  await expect(secrets.get('/trawl/master')).resolves.toBe('there');
});
