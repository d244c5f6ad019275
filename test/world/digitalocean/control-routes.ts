import { FaultRule, type MadeDroplet, Settings } from './control-schema';
import { hostKeyOf, outputOf, userDataExitCode } from './disk';
import { type Droplet, SSH_PORT } from './droplet';
import type { Reply } from './recorded';
import { invalidInput, type Schemas, steer } from '../stand-in';
import type { World } from './world';

const ok = (body: unknown): Reply => ({ status: 200, body });
const SCHEMAS: Schemas<FaultRule, Settings> = { rule: FaultRule, settings: Settings.partial() as Schemas<FaultRule, Settings>['settings'] };

/** The control: `/_control/<what>`, JSON in and out. Bad input is 422, an unknown path or droplet 404, what cannot be done 409. */
export async function answerControl(world: World, method: string, path: string, body: string): Promise<Reply> {
  try {
    const what = path.replace(/^\/_control\//, '');
    const droplet = /^droplets\/(\d+)(?:\/([\w-]+))?$/.exec(what);
    return await (droplet === null
      ? route(world, `${method} ${what}`, body)
      : ofDroplet(world, method, droplet[1] ?? '', droplet[2] ?? ''));
  } catch (error) {
    return invalidInput(error);
  }
}

async function route(world: World, asked: string, body: string): Promise<Reply> {
  switch (asked) {
    case 'GET droplets':
      return ok(world.droplets.map((droplet) => made(world, droplet)));
    case 'POST droplets/bear':
      world.bear();
      return ok(world.droplets.map((droplet) => made(world, droplet)));
    case 'POST reset':
      await world.reset();
      return ok({});
    default:
      return steer(world, SCHEMAS, asked, body) ?? { status: 404, body: { message: 'not found' } };
  }
}

async function ofDroplet(world: World, method: string, id: string, what: string): Promise<Reply> {
  const droplet = world.droplets.find((each) => String(each.id) === id);
  if (droplet === undefined) return { status: 404, body: { message: `${id}: no such droplet` } };
  const { machine } = droplet;
  if (method === 'GET' && what === '') return ok(made(world, droplet));
  if (machine === null) return { status: 409, body: { message: `${id} has no sandbox` } };
  switch (`${method} ${what}`) {
    case 'GET output':
      return ok({ output: outputOf(machine.disk) });
    case 'POST kill':
      await machine.kill();
      return ok(made(world, droplet));
    case 'POST replace-host-key':
      await machine.replaceHostKey();
      return ok(made(world, droplet));
    default:
      return { status: 404, body: { message: 'not found' } };
  }
}

function made(world: World, droplet: Droplet): MadeDroplet {
  const { id, name, tags, region, size, image, userData, boot, address, machine } = droplet;
  return {
    ...{ id, name, tags: [...tags], region, size: size.slug, image, userData, boot, address },
    createdAt: new Date(droplet.createdAt).toISOString(),
    status: world.statusOf(droplet),
    sshPort: SSH_PORT,
    pid: machine?.pid() ?? null,
    disk: machine?.disk ?? null,
    hostKey: machine === null ? null : hostKeyOf(machine.disk),
    userDataExitCode: machine === null ? null : userDataExitCode(machine.disk),
  };
}
