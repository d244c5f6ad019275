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
  UpdateExpression: z.string().optional(),
  ExpressionAttributeNames: z.record(z.string(), z.string()).optional(),
  ExpressionAttributeValues: Item.optional(),
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
  readonly reads: number;
  readonly writes: number;
}
const NONE: Units = { reads: 0, writes: 0 };
/** `worker` of `$trawl_worker#workerId_…` and of what is looked for by its index, `caps` of `$trawl#group_caps`, `run` of `o#…`. */
const kindOf = (key: unknown): string => /^\$trawl(?:_|#[a-z]+_)([A-Za-z]+)/.exec(String(key))?.[1] ?? 'run';

/** Names and values of an item in bytes; what JSON adds makes it no smaller than DynamoDB's own measure. */
const bytesOf = (item: Item): number =>
  Buffer.byteLength(JSON.stringify(item, (_key, value: unknown) => (value instanceof Set ? [...(value as Set<unknown>)] : value)));
const keyOf = (item: Item): string => `${String(item[TABLE.pk])}|${String(item[TABLE.sk])}`;
const readUnits = (bytes: number, isConsistent: boolean): number => Math.max(1, Math.ceil(bytes / 4096)) * (isConsistent ? 1 : 0.5);

/** What an update sets, and (as undefined) what it removes. */
function assignedBy({
  UpdateExpression = '',
  ExpressionAttributeNames: names = {},
  ExpressionAttributeValues: values = {},
}: z.infer<typeof Write>): Item {
  const [, set = '', removed = ''] = /^(?:SET (.+?))?(?:\s*REMOVE (.+?))?(?:\s*(?:ADD|DELETE) .+)?$/.exec(UpdateExpression) ?? [];
  return Object.fromEntries([
    ...[...set.matchAll(/(#\S+) = (:\w+)/g)].map(([, name = '', value = '']) => [names[name] ?? name, values[value]] as const),
    ...removed.split(', ').map((name) => [names[name] ?? name, undefined] as const),
  ]);
}

function afterwards(what: string, write: z.infer<typeof Write>, before: Item): Item {
  if (what === 'Put') return write.Item ?? {};
  if (what === 'Delete') return {};
  return what === 'Update' ? { ...before, ...write.Key, ...assignedBy(write) } : before;
}
const indexKeyOf = (item: Item): string | undefined =>
  item[INDEX.pk] === undefined ? undefined : `${String(item[INDEX.pk])}|${String(item[INDEX.sk])}`;

/** Items as last seen, since an update does not say how large its item is. */
export class CountedTable {
  private readonly seen = new Map<string, Item>();
  private readonly spent = new Map<string, Units>();

  /** By kind of item. */
  byKind(): ReadonlyMap<string, Units> {
    return this.spent;
  }

  units(): Units {
    return [...this.spent.values()].reduce((sum, { reads, writes }) => ({ reads: sum.reads + reads, writes: sum.writes + writes }), NONE);
  }

  reset(): void {
    this.spent.clear();
  }

  /** Has all requests of the client counted, failed conditions too: they are billed. */
  count(client: DynamoDBDocumentClient): DynamoDBDocumentClient {
    const send = client.send.bind(client) as (command: { readonly input: unknown }) => Promise<unknown>;
    const counted = async (command: { readonly input: unknown }): Promise<unknown> => {
      const [name, input] = [command.constructor.name, Asked.parse(command.input)];
      let output: z.infer<typeof Answered> | undefined;
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

  /** @param output undefined where the request was refused */
  private bill(name: string, input: z.infer<typeof Asked>, output: z.infer<typeof Answered> | undefined): void {
    const { Item: item, Items: items = [], Attributes } = output ?? {};
    const consistent = input.ConsistentRead === true;
    if (name === 'GetCommand') this.read(input.Key, readUnits(bytesOf(item ?? {}), consistent));
    else if (name === 'QueryCommand' || name === 'ScanCommand') {
      const bytes = items.reduce((sum, each) => sum + bytesOf(each), 0);
      this.read({ [TABLE.pk]: input.ExpressionAttributeValues?.[':pk'] }, readUnits(bytes, consistent));
    } else if (name === 'BatchGetCommand') this.billBatch(input, output ?? {});
    else if (name === 'TransactWriteCommand') {
      for (const one of input.TransactItems ?? [])
        for (const [what, write] of Object.entries(one)) if (write !== undefined) this.write(what, write, 2, output !== undefined);
    } else if (/^(Put|Update|Delete)Command$/.test(name))
      this.write(name.replace('Command', ''), input, 1, output !== undefined, Attributes);
    else throw new Error(`nothing is known of what ${name} costs`);
    for (const found of [item, ...items]) if (found !== undefined) this.remember(found);
  }

  private billBatch({ RequestItems = {} }: z.infer<typeof Asked>, { Responses = {} }: z.infer<typeof Answered>): void {
    for (const [table, { Keys = [], ConsistentRead = false }] of Object.entries(RequestItems)) {
      const items = Responses[table] ?? [];
      for (const item of items) {
        this.remember(item);
        this.read(item, readUnits(bytesOf(item), ConsistentRead));
      }
      // A key that is not there is billed as well.
      this.read(Keys[0], Math.max(0, Keys.length - items.length) * readUnits(0, ConsistentRead));
    }
  }

  private read(key: Item = {}, reads: number): void {
    this.spend(key, { ...NONE, reads });
  }

  /** Of the table and of its index, which holds a copy of every item that has a key in it; a key that moves is taken out and put in. */
  private write(what: string, write: z.infer<typeof Write>, times: number, isDone: boolean, answered?: Item): void {
    const key = write.Item ?? write.Key ?? {};
    const before = this.seen.get(keyOf(key)) ?? {};
    const after = isDone ? afterwards(what, write, { ...before, ...answered }) : before;
    const units = Math.max(1, Math.ceil(Math.max(bytesOf(before), bytesOf(after)) / 1024));
    const [from, to] = [indexKeyOf(before), indexKeyOf(after)];
    const copies =
      what === 'ConditionCheck' || !isDone
        ? 0
        : from === to
          ? Number(from !== undefined)
          : [from, to].filter((one) => one !== undefined).length;
    this.seen.set(keyOf(key), after);
    this.spend(key, { ...NONE, writes: times * units * (1 + copies) });
  }

  private spend(key: Item, { reads, writes }: Units): void {
    const kind = kindOf(key[TABLE.pk]);
    const before = this.spent.get(kind) ?? NONE;
    this.spent.set(kind, { reads: before.reads + reads, writes: before.writes + writes });
  }

  private remember(item: Item): void {
    if (item[TABLE.pk] !== undefined) this.seen.set(keyOf(item), item);
  }
}
