import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Cluster } from '../cluster/cluster';

/** From now on the gate's answers wait until `url` was told of them (`tell-gate.py`). @throws Error where nobody is let in yet */
export function holdBackGate({ slurmConf }: Cluster, url: string): void {
  const path = join(dirname(slurmConf), 'authorized_keys');
  const keys = readFileSync(path, 'utf8');
  const held = keys.replaceAll(/command="(\S+) (?=\S+gate\.py)/g, `command="$1 ${join(__dirname, 'tell-gate.py')} ${url} $1 `);
  if (held === keys) throw new Error(`no gate in ${path}`);
  writeFileSync(path, held);
}
