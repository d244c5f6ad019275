import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Waits until it is let go, so that something can befall it, then does its work with a plain script. */
const MAIN = `nextflow.enable.dsl = 2
process WORK {
    script:
    """
    while [ ! -e '\${params.go}' ]; do touch '\${params.go}.waits'; sleep 0.2; done
    python3 '\${projectDir}/work.py' '\${params.runs}' '\${params.outdir}'
    """
}
workflow { WORK() }
`;
const CONFIG = `params { runs = null; outdir = null; reuse = []; go = null; parallel = 1 }
process.executor = 'local'
`;
/** Of each run: which runs it saw beside it, and the size of each file that the stages before made of it. */
const WORK = `
import json, os, sys
runs, outdir = json.load(open(sys.argv[1])), sys.argv[2]
os.makedirs(os.path.join(outdir, "outcomes"), exist_ok=True)
for run in runs:
    folder = os.path.join(outdir, run["accession"])
    os.makedirs(folder, exist_ok=True)
    sizes = {stage: sum(os.path.getsize(os.path.join(path, name)) for name in os.listdir(path) if name != "run.json") for stage, path in run["inputs"].items()}
    with open(os.path.join(folder, "seen.json"), "w") as stream:
        json.dump({"runs": sorted(one["accession"] for one in runs), "sizes": sizes}, stream)
    with open(os.path.join(outdir, "outcomes", run["accession"] + ".json"), "w") as stream:
        json.dump({"accession": run["accession"], "result": "done"}, stream)
`;

export interface Prepared {
  /** The document: fetch on droplets, a stage on the cluster, a join of all. */
  readonly workflowPath: string;
  /** Made, it lets a stage go on. */
  readonly go: (stage: 'look' | 'compare') => string;
}

/** A repository with one pipeline, and a workflow of three stages whose second and third are that. */
export function prepareWorkflow(folder: string): Prepared {
  const repository = join(folder, 'repository');
  mkdirSync(repository, { recursive: true });
  for (const [name, text] of Object.entries({ 'main.nf': MAIN, 'nextflow.config': CONFIG, 'work.py': WORK }))
    writeFileSync(join(repository, name), text);
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.org'];
  const git = (...words: readonly string[]) => execFileSync('git', ['-C', repository, ...identity, ...words], { encoding: 'utf8' });
  git('init', '--quiet');
  git('add', '-A');
  git('commit', '--quiet', '-m', 'a pipeline');
  const commit = git('rev-parse', 'HEAD').trim();
  const go = (stage: string): string => join(folder, `${stage}.go`);
  const stage = (name: string, after: string, more: string): string => `
  - name: ${name}
    after: [${after}]
    pipeline: { repository: "file://${repository}", commit: ${commit} }
    parameters: { go: ${go(name)} }
    resources: { cpus: 1, memoryMb: 512, timeMinutes: 60 }
    success: { files: [seen.json] }
    ${more}`;
  const workflowPath = join(folder, 'three-places.yaml');
  writeFileSync(
    workflowPath,
    `workflow: three-places
stages:
  - { name: fetch, builtin: fetch, providers: [droplet] }${stage('look', 'fetch', 'providers: [slurm]')}${stage('compare', 'fetch, look', 'join: true')}
`,
  );
  return { workflowPath, go };
}
