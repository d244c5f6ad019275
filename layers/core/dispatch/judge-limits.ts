import { line, type ClusterFacts, type ClusterLine, type ClusterNeeds } from './judge-cluster';

/** Accounting knows no capital letters. */
const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

type Association = NonNullable<ClusterFacts['associations']>[number];

const limitsOf = ({ account, qos, maxSubmit, maxTimeMinutes }: Association): string =>
  `${account}: qos ${qos.join(', ') || 'none named'}, ${maxSubmit ?? 'any number of'} jobs, ${maxTimeMinutes === null ? 'no time limit' : `${maxTimeMinutes} min`}`;

function shortcoming(granted: readonly Association[], needs: ClusterNeeds): string | undefined {
  const { account, qos, jobs, resources, tasks = 0, tasksAtOnce = Infinity } = needs;
  const ours = granted.filter((each) => account === undefined || isSame(each.account, account));
  if (ours.length === 0)
    return `accounting grants ${account ?? 'nothing'} to nobody here: sacctmgr add user, or name another account (cluster.account)`;
  if (qos !== undefined && !ours.some((each) => each.qos.some((name) => isSame(name, qos))))
    return `it may not use ${qos}: sacctmgr modify user, or another cluster.qos`;
  if (ours.every(({ maxTimeMinutes: most }) => most !== null && most < resources.timeMinutes))
    return `a job asks for ${resources.timeMinutes} min and would wait for ever: ask for less in fetch.resources, or have the limit raised`;
  const all = jobs === undefined ? 0 : jobs + Math.min(jobs * tasks, tasksAtOnce);
  const ofTasks = tasksAtOnce < Infinity ? `cluster.tasks.atOnce ${tasksAtOnce}` : `cluster.tasks.queueSize ${tasks}`;
  if (ours.every(({ maxSubmit: most }) => most !== null && most < all))
    return tasks === 0
      ? `caps.providers.slurm is ${jobs}: Slurm refuses what is above its limit; set it lower`
      : `caps.providers.slurm is ${jobs} and ${ofTasks}, ${all} jobs together: Slurm refuses what is above its limit; set them lower`;
  return undefined;
}

/** What accounting and the file system allow this account, beside what the installation asks for. Pure. */
export function judgeLimits({ associations, quota }: ClusterFacts, needs: ClusterNeeds): readonly ClusterLine[] {
  const limits = associations?.length
    ? line('limits', associations.map(limitsOf).join('; '), shortcoming(associations, needs))
    : line(
        'limits',
        'none told',
        needs.account === undefined ? undefined : `sacctmgr tells of no account here, ${needs.account} is asked for`,
      );
  if (!quota) return [limits, line('quota', 'none told', undefined)];
  const left = quota.limitBytes - quota.usedBytes;
  const short =
    left >= needs.homeFreeBytesMin ? undefined : `less is left than caps.homeFreeBytesMin (${needs.homeFreeBytesMin}): have it raised`;
  return [limits, line('quota', `${left} of ${quota.limitBytes} bytes left`, short)];
}
