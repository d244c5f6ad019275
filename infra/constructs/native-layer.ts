import { RemovalPolicy } from 'aws-cdk-lib';
import { Architecture, Code, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { join } from 'node:path';
import { buildLayer } from '../build/build-layer';
import { pascal } from '../names';

/** A Lambda layer of packages with native code, which esbuild cannot bundle. Built at synthesis from the locked packages. */
export class NativeLayer extends LayerVersion {
  constructor(scope: Construct, projectRoot: string, buildRoot: string, name: 'ssh' | 'duckdb') {
    const outDir = join(buildRoot, 'layers', name);
    buildLayer(projectRoot, name, outDir);
    super(scope, `${pascal(name)}Layer`, {
      code: Code.fromAsset(outDir),
      compatibleRuntimes: [Runtime.NODEJS_22_X],
      compatibleArchitectures: [Architecture.X86_64],
      description: `trawl ${name}: packages with native code`,
      // Versions of functions that still run keep needing theirs.
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
