import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const Manifest = z.object({
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});
const readManifest = (path: string): z.infer<typeof Manifest> => Manifest.parse(JSON.parse(readFileSync(path, 'utf8')));

/** The packages and all they need, as they are installed at the top of node_modules; optional ones only where they are there. */
export function closureOf(nodeModules: string, packages: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const visit = (name: string, optional: boolean): void => {
    const folder = join(nodeModules, name);
    if (found.has(name)) return;
    if (!existsSync(folder)) {
      if (optional) return;
      throw new Error(`layer: package ${name} is not installed; run "npm ci"`);
    }
    found.add(name);
    const manifest = readManifest(join(folder, 'package.json'));
    Object.keys(manifest.dependencies).forEach((dependency) => visit(dependency, false));
    Object.keys(manifest.optionalDependencies).forEach((dependency) => visit(dependency, true));
  };
  packages.forEach((name) => visit(name, false));
  return [...found].sort();
}

/** Lays out `nodejs/node_modules` of a Lambda layer from the project's own locked packages, so both have the same versions. */
export function buildLayer(projectRoot: string, layer: string, outDir: string): void {
  const nodeModules = join(projectRoot, 'node_modules');
  const { dependencies } = readManifest(join(projectRoot, 'layers', layer, 'package.json'));
  rmSync(outDir, { recursive: true, force: true });
  for (const name of closureOf(nodeModules, Object.keys(dependencies))) {
    const target = join(outDir, 'nodejs', 'node_modules', name);
    mkdirSync(target, { recursive: true });
    // Sources, headers and object files of native builds are not needed at run time.
    cpSync(join(nodeModules, name), target, {
      recursive: true,
      filter: (path) => !/\/(test|obj\.target|\.deps|node_gyp_bins|src\/.*\.(cc|h)|nan)(\/|$)/.test(path.slice(nodeModules.length)),
    });
  }
}
