import { Change, FaultRule, Settings, Synthetic } from './control-schema';
import { type ControlReply, invalidInput, type Schemas, steer } from '../stand-in';
import type { World } from './world';

const ok = (body: unknown): ControlReply => ({ status: 200, body });
const SCHEMAS: Schemas<FaultRule, Settings> = { rule: FaultRule, settings: Settings.partial() as Schemas<FaultRule, Settings>['settings'] };

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
    case 'POST synthetic':
      world.archive.synthesize(Synthetic.parse(JSON.parse(body)));
      return ok({});
    case 'GET files':
      return ok(world.archive.files());
    case 'POST reset':
      world.reset();
      return ok({});
    default:
      if (method === 'GET' && what.startsWith('rows/')) return found(world, what.slice('rows/'.length));
      return steer(world, SCHEMAS, `${method} ${what}`, body) ?? { status: 404, body: { message: 'not found' } };
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
