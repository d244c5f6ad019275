import type { Context } from 'aws-lambda';
import { z } from 'zod';
import { taskLambda } from '../../../layers/runtime/task-lambda';
import { captureLog } from './log';

const Input = z.object({ batchId: z.string(), attempt: z.number(), taskToken: z.string() });
const context = { awsRequestId: 'request-1' } as Context;
const input = { batchId: 'study-PRJEB1.1.1', attempt: 2, taskToken: 'secret-token' };
const log = captureLog();

test('the event is parsed, the outcome comes back, and one line holds the ids but not the token', async () => {
  const handler = taskLambda(z.object({}), Input, () => async ({ attempt }) => ({ outcome: 'done', next: attempt + 1 }));
  await expect(handler({ ...input, unknown: 1 }, context)).resolves.toEqual({ outcome: 'done', next: 3 });
  const lines = log();
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ message: 'done', outcome: 'done', batchId: 'study-PRJEB1.1.1', attempt: 2 });
  expect(lines.join()).not.toContain('secret-token');
});

test('what is thrown leaves by its name and is logged with the ids', async () => {
  const handler = taskLambda(z.object({}), Input, () => async () => {
    throw new RangeError('out of range');
  });
  await expect(handler(input, context)).rejects.toThrow(RangeError);
  const failed = log().map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(failed[0]).toMatchObject({ level: 'ERROR', message: 'failed', errorName: 'RangeError', batchId: 'study-PRJEB1.1.1' });
  expect(failed[1]).toMatchObject({ Failed: 1 });
});

test('an event of another form leaves as a ZodError and is not handled', async () => {
  const handled = jest.fn(async () => ({}));
  const handler = taskLambda(z.object({}), Input, () => handled);
  await expect(handler({ batchId: 3, taskToken: 'secret-token' }, context)).rejects.toMatchObject({ name: 'ZodError' });
  expect(handled).not.toHaveBeenCalled();
  expect(log().join()).not.toContain('secret-token');
});

test('a setting that is missing fails the start, not the first call', () => {
  expect(() => taskLambda(z.object({ NEVER_SET: z.string() }), Input, () => async () => ({}))).toThrow(/NEVER_SET/);
});

test('each call of one function has a log line of its own', async () => {
  const handler = taskLambda(z.object({}), Input, () => async () => ({}));
  await Promise.all([handler(input, context), handler(input, context)]);
  expect(log()).toHaveLength(2);
});
