import { Change, FaultRule, Settings } from './control-schema';
import { invalidInput } from '../stand-in';
import type { World } from './world';

/** Status and JSON body of an answer of the control. */
export interface ControlReply {
  readonly status: number;
  readonly body: unknown;
}
const ok = (body: unknown): ControlReply => ({ status: 200, body });

/** The control: `/_control/<what>`, JSON in and out. Bad input is 422, an unknown path or run 404, a change that cannot be 409. */
export function answerControl(world: World, method: string, path: string, body: string): ControlReply {
  try {
    return route(world, method, path.replace(/^\/_control\//, ''), body);
  } catch (error) {
    return invalidInput(error);
  }
}

function route(world: World, method: string, what: string, body: string): ControlReply {
  switch (`${method} ${what}`) {
    case 'POST changes':
      return changed(world, Change.parse(JSON.parse(body)));
    case 'GET files':
      return ok(world.archive.files());
    case 'GET faults':
      return ok(world.faults);
    case 'POST faults':
      world.inject(FaultRule.parse(JSON.parse(body)));
      return ok(world.faults);
    case 'DELETE faults':
      world.clearFaults();
      return ok([]);
    case 'GET requests':
      return ok(world.requests);
    case 'DELETE requests':
      world.clearRequests();
      return ok([]);
    case 'PATCH settings':
      world.settings = { ...world.settings, ...Settings.partial().parse(JSON.parse(body)) } as Settings;
      return ok(world.settings);
    case 'POST reset':
      world.reset();
      return ok({});
    default:
      return method === 'GET' && what.startsWith('rows/')
        ? found(world, what.slice('rows/'.length))
        : { status: 404, body: { message: 'not found' } };
  }
}

function changed(world: World, change: Change): ControlReply {
  const result = world.change(change);
  if (result.outcome === 'applied') return ok(result.row);
  return {
    status: result.outcome === 'unknown-run' ? 404 : 409,
    body: { message: `${change.kind} ${change.accession}: ${result.outcome}` },
  };
}

function found(world: World, accession: string): ControlReply {
  const row = world.archive.row(accession);
  return row === undefined ? { status: 404, body: { message: `${accession}: unknown-run` } } : ok(row);
}
