/** Counts what DynamoDB would bill for the requests of a client, by the sizes of what is written and read. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { TABLE } from '../../../../layers/adapters/dynamo/table-definition';

const [INDEX] = TABLE.indexes;
type Item = Readonly<Record<string, unknown>>;
const Item = z.record(z.string(), z.unknown());
const Write = z.looseObject({
  Item: Item.optional(),
  Key: Item.optional(),
  ExpressionAttributeNames: z.record(z.string(), z.string()).optional(),
});
const Either = z.object({ Put: Write.optional(), Update: Write.optional(), Delete: Write.optional(), ConditionCheck: Write.optional() });
const Asked = Write.extend({
  ConsistentRead: z.boolean().optional(),
  IndexName: z.string().optional(),
  RequestItems: z.record(z.string(), z.looseObject({ Keys: z.array(Item).optional(), ConsistentRead: z.boolean().optional() })).optional(),
  TransactItems: z.array(Either).optional(),
});
const Answered = z.looseObject({
  Item: Item.optional(),
  Items: z.array(Item).optional(),
  Attributes: Item.optional(),
  Responses: z.record(z.string(), z.array(Item)).optional(),
});

export interface Units {
  requests: number;
  reads: number;
  writes: number;
}

/** Names and values of an item in bytes; what JSON adds makes it no smaller than DynamoDB's own measure. */
const bytesOf = (item: Item): number =>
  Buffer.byteLength(JSON.stringify(item, (_key, value: unknown) => (value instanceof Set ? [...(value as Set<unknown>)] : value)));
const keyOf = (item: Item): string => `${String(item[TABLE.pk])}|${String(item[TABLE.sk])}`;
const readUnits = (bytes: number, isConsistent: boolean): number => Math.max(1, Math.ceil(bytes / 4096)) * (isConsistent ? 1 : 0.5);

/** Items as last seen, since an update does not say how large its item is. */
export class CountedTable {
  readonly units: Units = { requests: 0, reads: 0, writes: 0 };
  private readonly seen = new Map<string, Item>();

  /** Has all requests of the client counted, failed conditions too: they are billed. */
  count(client: DynamoDBDocumentClient): DynamoDBDocumentClient {
    const send = client.send.bind(client) as (command: { readonly input: unknown }) => Promise<unknown>;
    const counted = async (command: { readonly input: unknown }): Promise<unknown> => {
      const [name, input] = [command.constructor.name, Asked.parse(command.input)];
      let output: z.infer<typeof Answered> = {};
      try {
        const answer = await send(command);
        output = Answered.parse(answer);
        return answer;
      } finally {
        this.bill(name, input, output);
      }
    };
    return Object.assign(client, { send: counted });
  }

  private bill(name: string, input: z.infer<typeof Asked>, output: z.infer<typeof Answered>): void {
    this.units.requests += 1;
    const found = [output.Item, output.Attributes, ...(output.Items ?? [])].filter((item) => item !== undefined);
    const consistent = input.ConsistentRead === true;
    for (const item of found) this.remember(item);
    if (name === 'GetCommand') this.units.reads += readUnits(output.Item === undefined ? 0 : bytesOf(output.Item), consistent);
    else if (name === 'QueryCommand' || name === 'ScanCommand') {
      const bytes = (output.Items ?? []).reduce((sum, item) => sum + bytesOf(item), 0);
      this.units.reads += readUnits(bytes, consistent);
    } else if (name === 'BatchGetCommand') this.billBatch(input, output);
    else if (name === 'TransactWriteCommand') {
      const items = (input.TransactItems ?? []).flatMap((one) => Object.values(one).filter((write) => write !== undefined));
      for (const item of items) this.units.writes += 2 * this.writeUnits(item);
    } else if (/^(Put|Update|Delete)Command$/.test(name)) this.units.writes += this.writeUnits(input, output.Attributes);
    else throw new Error(`nothing is known of what ${name} costs`);
  }

  private billBatch({ RequestItems = {} }: z.infer<typeof Asked>, { Responses = {} }: z.infer<typeof Answered>): void {
    for (const [table, { Keys = [], ConsistentRead = false }] of Object.entries(RequestItems)) {
      const items = Responses[table] ?? [];
      for (const item of items) {
        this.remember(item);
        this.units.reads += readUnits(bytesOf(item), ConsistentRead);
      }
      // A key that is not there is billed as well.
      this.units.reads += Math.max(0, Keys.length - items.length) * readUnits(0, ConsistentRead);
    }
  }

  /** Of the table and of its index, which holds a copy of every item that has a key in it; a key that moves is taken out and put in. */
  private writeUnits({ Item: put, Key, ExpressionAttributeNames = {} }: z.infer<typeof Write>, after?: Item): number {
    const item = put ?? after ?? this.seen.get(keyOf(Key ?? {}));
    if (put !== undefined) this.remember(put);
    const units = item === undefined ? 1 : Math.ceil(bytesOf(item) / 1024);
    const moves = Object.values(ExpressionAttributeNames).some((name) => name === INDEX.pk || name === INDEX.sk);
    return units * (1 + (moves ? 2 : item?.[INDEX.pk] === undefined ? 0 : 1));
  }

  private remember(item: Item): void {
    if (item[TABLE.pk] !== undefined) this.seen.set(keyOf(item), item);
  }
}
