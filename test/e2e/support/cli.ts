import { z } from 'zod';
import { RunsAnswer } from '../../../cli/schemas';
import type { CommandResult } from '../../world/system/commands';
import type { Installation } from '../../world/installation/installation';
import { trawl, trawlJson } from '../../world/installation/trawl-cli';

/** What a person would see of `npx trawl …`. */
export const cli = ({ access }: Installation, ...args: readonly string[]): Promise<CommandResult> => trawl(access, args);

/** The same with `--json`, for a command that has to work. */
export const cliJson = ({ access }: Installation, ...args: readonly string[]): Promise<unknown> => trawlJson(access, args);

/** Runs of a source in one state, as `trawl show` lists them. */
export const runsOf = async (installation: Installation, sourceId: string, state: string): Promise<RunsAnswer['items']> =>
  z.object({ runList: RunsAnswer }).parse(await cliJson(installation, 'show', sourceId, '--runs', state, '--limit', '1000')).runList.items;
