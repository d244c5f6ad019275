import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { AsyncLocalStorage } from 'node:async_hooks';
import { FUNCTION_SPECS } from '../../../../infra/function-specs';
import { MEMORY_MB } from '../../../../infra/function-spec';
import { pascal } from '../../../../infra/names';
import type { Handlers, Runner } from '../../../unit/functions/life/asl-runner';
import type { CountedTable } from './counted-table';
import { Invocation } from './invocation';
import type { Parts, Usage } from './prices';

/** As deployed, by state. */
const MEMORY = new Map(Object.entries(FUNCTION_SPECS).map(([name, { memoryMb = MEMORY_MB }]) => [pascal(name), memoryMb]));

/** What was asked of each service since it was last set back. */
export class Counts {
  private readonly inside = new AsyncLocalStorage<Invocation>();
  private invocations: Invocation[] = [];
  private s3 = { puts: 0, gets: 0 };
  private transitionsBefore: Readonly<Record<string, number>> = {};

  constructor(private readonly table: CountedTable) {}

  reset(machines: Runner): void {
    this.invocations = [];
    this.s3 = { puts: 0, gets: 0 };
    this.table.reset();
    this.transitionsBefore = entered(machines);
  }

  usage(machines: Runner): Usage {
    const { writes, reads } = this.table.units();
    return {
      lambdaRequests: this.invocations.length,
      lambdaGbSeconds: this.invocations.reduce((sum, { gbSeconds }) => sum + gbSeconds, 0),
      transitions: Object.values(this.transitions(machines)).reduce((sum, count) => sum + count, 0),
      dynamoWriteUnits: writes,
      dynamoReadUnits: reads,
      s3Puts: this.s3.puts,
      s3Gets: this.s3.gets,
      apiRequests: this.invocations.filter(({ name }) => name === 'AcceptCallback').length,
    };
  }

  /** By machine, kind of item and function. */
  parts(machines: Runner): Parts {
    const functions: Record<string, number> = {};
    for (const { name, gbSeconds } of this.invocations) functions[name] = (functions[name] ?? 0) + gbSeconds;
    const kinds = [...this.table.byKind()];
    return {
      transitions: this.transitions(machines),
      'write units': Object.fromEntries(kinds.map(([kind, { writes }]) => [kind, writes])),
      'read units': Object.fromEntries(kinds.map(([kind, { reads }]) => [kind, reads])),
      'GB-seconds': functions,
    };
  }

  private transitions(machines: Runner): Readonly<Record<string, number>> {
    return Object.fromEntries(
      Object.entries(entered(machines)).map(([machine, count]) => [machine, count - (this.transitionsBefore[machine] ?? 0)]),
    );
  }

  functions(handlers: Handlers): Handlers {
    const counted = (name: string, handler: Handlers[string]) => (payload: never) => {
      const memoryMb = MEMORY.get(name);
      if (memoryMb === undefined) throw new Error(`${name} is not among infra's functions`);
      const invocation = new Invocation(name, memoryMb);
      this.invocations.push(invocation);
      return this.inside.run(invocation, () => handler(payload));
    };
    return Object.fromEntries(Object.entries(handlers).map(([name, handler]) => [name, counted(name, handler)]));
  }

  client(client: DynamoDBDocumentClient): DynamoDBDocumentClient {
    const send = client.send.bind(client) as (command: unknown) => Promise<unknown>;
    return Object.assign(client, { send: (command: unknown) => this.asked('table', () => send(command)) });
  }

  objects<T extends object>(objects: T): T {
    // Links are signed without asking anybody.
    return this.watched(objects, 'bucket', (name) => {
      if (/^(putJson|upload|list)$/.test(name)) this.s3.puts += 1;
      else if (/^(getJson|exists|readLines|download)$/.test(name)) this.s3.gets += 1;
      else return name === 'remove';
      return true;
    });
  }

  gate<T extends object>(gate: T): T {
    return this.watched(gate, 'login');
  }

  private asked<T>(kind: 'table' | 'bucket' | 'login', ask: () => T): T {
    return this.inside.getStore()?.asked(kind, ask) ?? ask();
  }

  private watched<T extends object>(port: T, kind: 'bucket' | 'login', isRequest: (name: string) => boolean = () => true): T {
    return new Proxy(port, {
      get: (target, name, receiver) => {
        const found: unknown = Reflect.get(target, name, receiver);
        if (typeof found !== 'function' || typeof name !== 'string') return found;
        return (...args: readonly unknown[]): unknown => {
          const ask = (): unknown => Reflect.apply(found, target, args);
          return isRequest(name) ? this.asked(kind, ask) : ask();
        };
      },
    });
  }
}

function entered({ executions }: Runner): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const execution of executions) sums[execution.machine] = (sums[execution.machine] ?? 0) + execution.entered.length;
  return sums;
}
