import { buildSync } from 'esbuild';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundlePage } from './bundle-page';

/** Packages with native code: they come by a layer and stay out of the bundles. */
export const LAYER_PACKAGES = { ssh: ['ssh2'], duckdb: ['@duckdb/node-api'] } as const;

/** Names of all functions: the folders that have an index.ts. */
export const functionNames = (projectRoot: string): readonly string[] =>
  readdirSync(join(projectRoot, 'functions')).filter((name) => existsSync(join(projectRoot, 'functions', name, 'index.ts')));

/**
 * Bundles every function into `<outDir>/<name>/index.js` in one esbuild call (one call a function takes twenty times as long).
 * The AWS SDK is bundled too: the emulators have none at /var/runtime. The status page goes beside the function that serves it.
 */
export function bundleFunctions(projectRoot: string, outDir: string): void {
  rmSync(outDir, { recursive: true, force: true });
  buildSync({
    absWorkingDir: projectRoot,
    entryPoints: Object.fromEntries(functionNames(projectRoot).map((name) => [`${name}/index`, `functions/${name}/index.ts`])),
    outdir: outDir,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    external: Object.values(LAYER_PACKAGES).flat(),
    logLevel: 'error',
  });
  bundlePage(projectRoot, outDir);
}
