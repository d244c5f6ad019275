import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { injected } from '../../run/faults/ledger';
import type { Place } from '../../e2e/faults/place';
import type { WatchedSource } from '../../e2e/faults/watched-source';
import { dropletOf, untilFetched, type Made } from '../../e2e/droplets/machines';
import { reportAtHome, type Scenario } from '../../e2e/droplets/scenarios';
import { runCommand } from '../../world/system/commands';

/** Less than one of the files, of which a sweep pulls two. */
const HALF_BYTES = 30_000;
const slowSecond = (source: WatchedSource) => (): Promise<void> => source.slow(source.accessions[1] ?? '', 20);

/** Passes on what it is asked for, byte by byte as it comes, until half of the first file is gone; from then on it passes on all. */
const CUT = `
import os, subprocess, sys
command = sys.argv[1:]
if os.path.exists("/root/cut"):
    os.execvp(command[0], command)
child = subprocess.Popen(command, stdout=subprocess.PIPE)
left = ${HALF_BYTES}
while left > 0:
    data = os.read(child.stdout.fileno(), left)
    if not data:
        sys.exit(child.wait())
    os.write(1, data)
    left -= len(data)
open("/root/cut", "w").close()
child.kill()
`;

/** Whoever pulls from it is cut off in the middle of the first file, once. */
function cutPulls({ disk }: Made): void {
  const path = join(disk ?? '', 'root/.ssh/authorized_keys');
  const keys = readFileSync(path, 'utf8');
  if (!keys.includes('command="rrsync -ro ')) throw new Error(`nobody may pull by ${path}`);
  writeFileSync(join(disk ?? '', 'root/cut.py'), CUT);
  writeFileSync(path, keys.replace('command="rrsync -ro ', 'command="python3 /root/cut.py rrsync -ro '));
}

export const pullCut = (place: Place, source: WatchedSource): Scenario<void> => ({
  source,
  arrange: slowSecond(source),
  play: async () => {
    const made = await dropletOf(place, source);
    await untilFetched(source, made, source.accessions[0] ?? '');
    cutPulls(made);
    await source.untilSettled();
    const { rsync } = reportAtHome(place, `${source.worker()}.sweep-1`) as { readonly rsync: { readonly tries: number } };
    if (rsync.tries > 1) injected('collection-pull-cut', rsync.tries - 1);
  },
});

/** Where its files would lie until they are verified there is room for one and a half of them. */
export const destinationFull = (place: Place, source: WatchedSource): Scenario<void> => ({
  source,
  arrange: slowSecond(source),
  play: async () => {
    const made = await dropletOf(place, source);
    await untilFetched(source, made, source.accessions[0] ?? '');
    const folder = join(place.installation.cluster.root, 'staging', source.worker());
    if (existsSync(folder)) throw new Error(`${folder} is there already`);
    await runCommand('mkdir', ['-p', folder]);
    await runCommand('mount', ['-t', 'tmpfs', '-o', 'size=92k', 'tmpfs', folder]);
    try {
      const failures = async (): Promise<number> => (await place.stores.workers.get(source.worker()))?.sweepFailures ?? 0;
      await source.until('a sweep that finds no room', async () => (await failures()) > 0);
      injected('collection-destination-full');
    } finally {
      await runCommand('umount', [folder]);
    }
    await source.untilSettled();
  },
});
