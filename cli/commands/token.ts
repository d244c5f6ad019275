import { Argument, Option, type Command } from 'commander';
import { z } from 'zod';
import { IssuedToken, TokenName } from '../../layers/core/tokens/token';
import { apiClient } from '../client';
import { confirmed } from '../confirm';
import { CliError } from '../errors';
import { print, printJson, table } from '../output';
import { findSettings, saveWhereAsked, type SaveFlags } from '../settings';
import { needed, type JsonFlag } from './arguments';

const TokenAnswer = IssuedToken.omit({ tokenHash: true });
const TokensAnswer = z.object({ items: z.array(TokenAnswer) });
const AddedAnswer = z.object({ issued: TokenAnswer, token: z.string() });
const RevokedAnswer = z.object({ issued: TokenAnswer, isOwn: z.boolean() });
const { role: Role } = IssuedToken.shape;

/** A mistyped name is told before anything is sent. */
function wellFormed(name: string): string {
  const parsed = TokenName.safeParse(name);
  if (parsed.success) return name;
  throw new CliError(`${JSON.stringify(name)} ${parsed.error.issues[0]?.message ?? 'is no name'}`, 'see "trawl token list"', 2);
}

async function list(flags: JsonFlag): Promise<void> {
  const { items } = await apiClient(findSettings()).get('/tokens', TokensAnswer);
  if (flags.json) {
    printJson(items);
    return;
  }
  if (items.length === 0) {
    print('No token has a name yet: repeat "trawl init" for the first operator’s; "trawl token add <name>" makes one.');
    return;
  }
  const rows = items.map(({ name, role, createdAt, createdBy, revokedAt, revokedBy }) => [
    ...[name, role, revokedAt === undefined ? 'opens' : `revoked ${revokedAt} by ${revokedBy ?? '?'}`],
    ...[createdAt, createdBy],
  ]);
  print(table(['TOKEN', 'ROLE', 'STATE', 'MADE', 'BY'], rows));
}

async function add(name: string, flags: JsonFlag & { readonly role: string }): Promise<void> {
  const body = { name: wellFormed(name), role: flags.role };
  const added = AddedAnswer.parse((await apiClient(findSettings()).send('POST', '/tokens', body)).body);
  if (flags.json) {
    printJson(added);
    return;
  }
  print(`name   ${added.issued.name}, ${added.issued.role}`);
  print(`token  ${added.token}`);
  print('\nThe token is shown this once. For a CLI: export TRAWL_URL and TRAWL_TOKEN; the status page asks for it.');
}

async function revoke(name: string, flags: JsonFlag & { readonly yes?: true }): Promise<void> {
  const path = `/tokens/${wellFormed(name)}/revoke`;
  if (!flags.yes && !(await confirmed(`Revoke the token ${name}? Whoever uses it is refused from then on.`)))
    throw new CliError('nothing was revoked', 'answer "y", or repeat the command with --yes', 2);
  const revoked = RevokedAnswer.parse((await apiClient(findSettings()).send('POST', path, {})).body);
  if (flags.json) {
    printJson(revoked);
    return;
  }
  print(`${name}: revoked ${revoked.issued.revokedAt ?? ''} by ${revoked.issued.revokedBy ?? '?'}`);
  if (revoked.isOwn) print('It was the token of this CLI, which needs another now; "trawl init" shows the first operator’s.');
}

async function rotateFirst(flags: JsonFlag & SaveFlags & { readonly installation?: string }): Promise<void> {
  const installation = needed('--installation <name>', flags.installation);
  // Loaded here, because the AWS SDK takes longer to load than any other command takes to run.
  // `import()` would not do: tsx/cjs resolves no extensions in it.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { replaceFirstOperator } = require('../initialise') as typeof import('../initialise');
  const made = await replaceFirstOperator(installation);
  const path = saveWhereAsked(flags, made);
  if (flags.json) {
    printJson({ installation, ...made });
    return;
  }
  print(`operator token  ${made.token}`);
  print('\nThe one before is refused from now on, wherever it is still in use.');
  print(path === undefined ? 'For this CLI: export TRAWL_URL and TRAWL_TOKEN, or "trawl init --save".' : `Saved for this CLI in ${path}.`);
}

const nameArgument = (): Argument => new Argument('<name>', 'who or what it is for: ada, night-report');

export function tokenCommands(program: Command): void {
  const token = program
    .command('token')
    .description('who may look at the installation (viewer) and who may act (operator); docs/tokens.md');
  token
    .command('add')
    .description('make a token and print it, once')
    .addArgument(nameArgument())
    .addOption(new Option('--role <role>', 'what it may: look, or act too').choices(Role.options).default('viewer'))
    .option('--json', 'print as JSON')
    .action(add);
  token.command('list').description('each with its role, and who made and revoked it when').option('--json', 'print as JSON').action(list);
  token
    .command('revoke')
    .description('refuse it from the next request on')
    .addArgument(nameArgument())
    .option('--yes', 'do not ask')
    .option('--json', 'print it as JSON')
    .action(revoke);
  token
    .command('rotate-first')
    .description('a new token for the first operator, in SSM and the table; the one before is refused at once; repeatable')
    .option('--installation <name>', 'as in the configuration that was deployed (needed)')
    .option('--save', 'save URL and token for this CLI in the user’s configuration')
    .option('--save-to <folder>', 'save them as cli.json in this folder instead')
    .option('--json', 'print as JSON')
    .action(rotateFirst);
}
