import { Argument, type Command } from 'commander';
import { z } from 'zod';
import { Site, SiteName } from '../../layers/core/sites/site';
import { apiClient, type Answer } from '../client';
import { CliError } from '../errors';
import { print, printJson, table } from '../output';
import { findSettings } from '../settings';
import { wholeNumber, type JsonFlag } from './arguments';

const SiteAnswer = Site.omit({ tokenHash: true }).extend({ held: z.array(z.string()) });
const SitesAnswer = z.object({ items: z.array(SiteAnswer) });
const AddedAnswer = z.object({ site: SiteAnswer, token: z.string() });
const Refusal = z.object({ error: z.object({ message: z.string() }) });

const isRefusal = ({ status, body }: Answer): boolean => [404, 409].includes(status) && Refusal.safeParse(body).success;
async function send(path: string, body: object): Promise<unknown> {
  const answer = await apiClient(findSettings()).send('POST', path, body, isRefusal);
  if (isRefusal(answer)) throw new CliError(`${Refusal.parse(answer.body).error.message} (${answer.status})`, 'see "trawl site list"');
  return answer.body;
}

/** A mistyped name is told before anything is sent. */
function wellFormed(name: string): string {
  const parsed = SiteName.safeParse(name);
  if (parsed.success) return name;
  throw new CliError(`${JSON.stringify(name)} ${parsed.error.issues[0]?.message ?? 'is no name'}`, 'see "trawl site list"', 2);
}

async function list(flags: JsonFlag): Promise<void> {
  const { items } = await apiClient(findSettings()).get('/sites', SitesAnswer);
  if (flags.json) {
    printJson(items);
    return;
  }
  if (items.length === 0) {
    print('There is no site; "trawl site add <name>" makes one.');
    return;
  }
  const rows = items.map(({ name, claims, held, stages, seenAt, revokedAt }) => [
    ...[name, revokedAt === undefined ? 'may claim' : `revoked ${revokedAt}`, `${held.length} of ${claims}`],
    ...[stages?.join(', ') ?? 'any', seenAt ?? 'never'],
  ]);
  print(table(['SITE', 'STATE', 'HOLDS', 'STAGES', 'ASKED LAST'], rows));
}

async function add(name: string, flags: JsonFlag & { readonly claims: number; readonly stage?: readonly string[] }): Promise<void> {
  const stages = flags.stage === undefined ? {} : { stages: flags.stage };
  const added = AddedAnswer.parse(await send('/sites', { name: wellFormed(name), claims: flags.claims, ...stages }));
  if (flags.json) {
    printJson(added);
    return;
  }
  print(`site   ${added.site.name}, up to ${added.site.claims} at once`);
  print(`token  ${added.token}`);
  print('\nThe token is shown this once. It goes into a file of mode 0600 at the site: docs/sites.md.');
}

async function revoke(name: string, flags: JsonFlag): Promise<void> {
  const { site } = z.object({ site: SiteAnswer }).parse(await send(`/sites/${wellFormed(name)}/revoke`, {}));
  if (flags.json) {
    printJson(site);
    return;
  }
  const back = site.held.length === 0 ? 'it holds nothing' : `${site.held.join(', ')} come back as their leases end`;
  print(`${site.name}: its token is dead; ${back}`);
}

const siteArgument = (): Argument => new Argument('<site>', 'its name: north-campus');

export function siteCommands(program: Command): void {
  const site = program.command('site').description('places where nobody may log in, which fetch their work themselves');
  site
    .command('add')
    .description('make a site and print its token, once')
    .addArgument(siteArgument())
    .option('--claims <count>', 'batches that it may hold at once', wholeNumber(1, 1_000), 1)
    .option('--stage <name...>', 'stages that it may run; default: every one')
    .option('--json', 'print site and token as JSON')
    .action(add);
  site.command('list').description('each with what it holds and when it asked last').option('--json', 'print as JSON').action(list);
  site
    .command('revoke')
    .description('end its token; what it holds comes back as the leases end')
    .addArgument(siteArgument())
    .option('--json', 'print the site as JSON')
    .action(revoke);
}
