import { buildSync } from 'esbuild';
import { join, resolve } from 'node:path';
import { functionNames, LAYER_PACKAGES } from '../../infra/build/bundle-functions';
import { FUNCTION_SPECS } from '../../infra/function-specs';
import type { Grants } from '../../infra/grants';

const ROOT = resolve(__dirname, '../..');

/** The project's own files that end up in a function's bundle: what it may reach, whatever path leads there. */
function reachedBy(name: string): ReadonlySet<string> {
  const { metafile } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: [`functions/${name}/index.ts`],
    bundle: true,
    write: false,
    platform: 'node',
    metafile: true,
    treeShaking: true,
    packages: 'external',
    external: Object.values(LAYER_PACKAGES).flat(),
    outdir: join(ROOT, 'dist'),
    logLevel: 'error',
  });
  const [output] = Object.values(metafile.outputs);
  return new Set(Object.entries(output?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])));
}

const USE_CASES = 'layers/core/use-cases';
/** Emulators enforce no IAM, so what a use case needs is held against the grants of everyone that reaches it. */
const NEEDS: readonly { readonly reaches: string; readonly needs: string; readonly has: (grants: Grants) => boolean }[] = [
  { reaches: `${USE_CASES}/evaluate-source.ts`, needs: 'read sources/', has: ({ reads = [] }) => reads.includes('sources/') },
  {
    reaches: `${USE_CASES}/evaluate-source.ts`,
    needs: 'start publish-source',
    has: ({ starts = [] }) => starts.includes('publish-source'),
  },
  { reaches: `${USE_CASES}/kick-heartbeat.ts`, needs: 'start heartbeat', has: ({ starts = [] }) => starts.includes('heartbeat') },
  {
    reaches: `${USE_CASES}/kick-sweep.ts`,
    needs: 'start sweep-results or select sweeps itself',
    has: ({ starts = [], table }) => starts.includes('sweep-results') || table === 'write',
  },
  { reaches: `${USE_CASES}/record-fact.ts`, needs: 'answer executions', has: ({ answers }) => answers === true },
  { reaches: `${USE_CASES}/apply-report.ts`, needs: 'write reports/', has: ({ writes = [] }) => writes.includes('reports/') },
  {
    reaches: 'layers/core/reaping/look-around.ts',
    needs: 'list what runs of process-batch',
    has: ({ lists = [] }) => lists.includes('process-batch'),
  },
  {
    reaches: 'layers/core/reaping/act.ts',
    needs: 'start and stop process-batch',
    has: ({ starts = [] }) => starts.includes('process-batch'),
  },
  {
    reaches: 'layers/core/reaping/tidy-installation.ts',
    needs: 'remove old listings',
    has: ({ removes = [], reads = [] }) => ['listings/', 'sources/'].every((prefix) => removes.includes(prefix) && reads.includes(prefix)),
  },
  {
    reaches: 'layers/adapters/aws/function-versions.ts',
    needs: 'remove old versions',
    has: ({ removesVersions }) => removesVersions === true,
  },
  ...['tokens/issue.ts', 'sites/register.ts'].map((path) => ({
    reaches: `layers/core/${path}`,
    needs: 'make and revoke tokens',
    has: ({ table, tokens }: Grants) => table === 'write' && tokens === true,
  })),
  { reaches: 'layers/adapters/bridge/cluster-gate.ts', needs: 'the bridge', has: ({ bridge }) => bridge === true },
];

describe.each(functionNames(ROOT))('%s', (name) => {
  test('is granted what it reaches', () => {
    const reached = reachedBy(name);
    const grants = FUNCTION_SPECS[name]?.grants ?? {};
    const missing = NEEDS.filter(({ reaches, has }) => reached.has(reaches) && !has(grants)).map(({ needs }) => needs);
    expect(missing).toEqual([]);
  });
});
