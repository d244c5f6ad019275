import { Fn } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';

/** What droplets fetch at boot: one tar made by slurm/build-worker-kit.sh, uploaded as it is and pinned by its hash. */
export class WorkerKit extends Construct {
  /** JSON for the functions that hand out links to it. */
  readonly setting: string;
  private readonly asset: Asset;

  /** @throws Error when the file is not there */
  constructor(scope: Construct, kitFile: string) {
    super(scope, 'WorkerKit');
    if (!existsSync(kitFile))
      throw new Error(`droplet.kitFile: ${kitFile} is not there; make it with: slurm/build-worker-kit.sh ${kitFile}`);
    const sha256 = createHash('sha256').update(readFileSync(kitFile)).digest('hex');
    this.asset = new Asset(this, 'Tar', { path: kitFile, assetHash: sha256 });
    // Not JSON.stringify: bucket and key hold tokens of CloudFormation.
    this.setting = Fn.join('', [
      `{"bucket":"${this.asset.s3BucketName}","key":"${this.asset.s3ObjectKey}",`,
      `"sha256":"${sha256}","bytes":${statSync(kitFile).size}}`,
    ]);
  }

  grantRead(grantee: IGrantable): void {
    this.asset.grantRead(grantee);
  }
}
