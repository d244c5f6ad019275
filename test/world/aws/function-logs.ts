import { z } from 'zod';
import { REGION, type Emulator } from './emulator';

const Groups = z.object({ logGroups: z.array(z.object({ logGroupName: z.string() })) });
const Events = z.object({ events: z.array(z.object({ timestamp: z.number(), message: z.string() })).default([]) });

/** One line that a function wrote. */
export interface FunctionLogLine {
  /** Name of the log group, `/aws/lambda/<function>`. */
  readonly group: string;
  readonly timestampMilliseconds: number;
  readonly message: string;
}

/** The emulators check no signature here, but find the service by the scope of the credentials. */
async function ask(emulator: Emulator, action: string, body: object): Promise<unknown> {
  const response = await fetch(emulator.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `Logs_20140328.${action}`,
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${REGION}/logs/aws4_request, SignedHeaders=host, Signature=none`,
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`CloudWatch Logs answered ${response.status} to ${action}`);
  return response.json();
}

/** All lines of functions since a moment, oldest first; at most 10,000 a function. A line appears after its invocation has ended. */
export async function functionLogs(emulator: Emulator, sinceMilliseconds: number): Promise<readonly FunctionLogLine[]> {
  const { logGroups } = Groups.parse(await ask(emulator, 'DescribeLogGroups', { logGroupNamePrefix: '/aws/lambda/' }));
  const lines = await Promise.all(
    logGroups.map(async ({ logGroupName }) => {
      const answer = await ask(emulator, 'FilterLogEvents', { logGroupName, startTime: sinceMilliseconds, limit: 10_000 });
      return Events.parse(answer).events.map((event) => ({
        group: logGroupName,
        timestampMilliseconds: event.timestamp,
        message: event.message.trimEnd(),
      }));
    }),
  );
  return lines.flat().sort((a, b) => a.timestampMilliseconds - b.timestampMilliseconds);
}
