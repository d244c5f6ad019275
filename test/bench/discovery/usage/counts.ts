import type { Handlers, Runner } from '../../../unit/functions/life/asl-runner';
import type { CountedTable } from './counted-table';
import type { Usage } from './prices';

/** How long functions run where a request takes its time, assumed: what this machine takes says nothing of AWS. */
const SECONDS = { perCall: 0.05, perRequest: 0.01, perLogin: 2 } as const;
/** Of the largest function, but for those of a listing. */
const FUNCTION_GB = 1;

/** What was asked of each service since it was last set back. */
export class Counts {
  private lambdaRequests = 0;
  private s3 = { puts: 0, gets: 0 };
  private logins = 0;
  private apiRequests = 0;
  private transitionsBefore = 0;

  constructor(private readonly table: CountedTable) {}

  reset(machines: Runner): void {
    [this.lambdaRequests, this.logins, this.apiRequests] = [0, 0, 0];
    this.s3 = { puts: 0, gets: 0 };
    Object.assign(this.table.units, { requests: 0, reads: 0, writes: 0 });
    this.transitionsBefore = entered(machines);
  }

  usage(machines: Runner): Usage {
    const requests = this.table.units.requests + this.s3.puts + this.s3.gets;
    const seconds = this.lambdaRequests * SECONDS.perCall + requests * SECONDS.perRequest + this.logins * SECONDS.perLogin;
    return {
      lambdaRequests: this.lambdaRequests,
      lambdaGbSeconds: seconds * FUNCTION_GB,
      transitions: entered(machines) - this.transitionsBefore,
      dynamoWriteUnits: this.table.units.writes,
      dynamoReadUnits: this.table.units.reads,
      s3Puts: this.s3.puts,
      s3Gets: this.s3.gets,
      apiRequests: this.apiRequests,
    };
  }

  functions(handlers: Handlers): Handlers {
    return Object.fromEntries(
      Object.entries(handlers).map(([name, handler]) => [
        name,
        (payload: never) => {
          this.lambdaRequests += 1;
          if (name === 'AcceptCallback') this.apiRequests += 1;
          return handler(payload);
        },
      ]),
    );
  }

  objects<T extends object>(objects: T): T {
    return watched(objects, (name) => {
      if (/^(putJson|upload|list)$/.test(name)) this.s3.puts += 1;
      else if (/^(getJson|exists|readLines|download)$/.test(name)) this.s3.gets += 1;
    });
  }

  gate<T extends object>(gate: T): T {
    return watched(gate, () => (this.logins += 1));
  }
}

const entered = (machines: Runner): number => machines.executions.reduce((sum, execution) => sum + execution.entered.length, 0);

function watched<T extends object>(port: T, called: (name: string) => unknown): T {
  return new Proxy(port, {
    get: (target, name, receiver) => {
      const found: unknown = Reflect.get(target, name, receiver);
      if (typeof found !== 'function' || typeof name !== 'string') return found;
      return (...args: readonly unknown[]): unknown => {
        called(name);
        return Reflect.apply(found, target, args);
      };
    },
  });
}
