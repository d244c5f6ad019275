import { DeleteFunctionCommand, LambdaClient, paginateListVersionsByFunction, ResourceNotFoundException } from '@aws-sdk/client-lambda';
import type { FunctionVersions, PublishedVersion } from '../../core/ports/outside';

const UNPUBLISHED = '$LATEST';

/** @param names physical names of the installation's functions */
export function lambdaVersions(names: readonly string[], client: LambdaClient = new LambdaClient()): FunctionVersions {
  const versionsOf = async (name: string): Promise<readonly PublishedVersion[]> => {
    const found: PublishedVersion[] = [];
    for await (const { Versions = [] } of paginateListVersionsByFunction({ client }, { FunctionName: name })) {
      for (const { Version: version, LastModified: at } of Versions) {
        if (version !== undefined && version !== UNPUBLISHED && at !== undefined)
          found.push({ version, publishedAt: new Date(at).toISOString() });
      }
    }
    return found;
  };
  return {
    list: async () => {
      const all: { readonly name: string; readonly versions: readonly PublishedVersion[] }[] = [];
      for (const name of names) all.push({ name, versions: await versionsOf(name) });
      return all;
    },
    remove: async (name, version) => {
      try {
        await client.send(new DeleteFunctionCommand({ FunctionName: name, Qualifier: version }));
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
      }
    },
  };
}
