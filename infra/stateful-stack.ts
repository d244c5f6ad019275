import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket, BucketEncryption, type LifecycleRule } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { TABLE } from '../layers/adapters/dynamo/table-definition';
import { EXPORT_DAYS } from '../layers/core/discovery/exports';
import { acknowledge } from './constructs/acknowledge';

const text = (name: string): { readonly name: string; readonly type: AttributeType } => ({ name, type: AttributeType.STRING });

/** What jobs said of themselves, and lists that are made anew; what came of them stands in the table. */
const REPORTS = ['reports/', 'index/', 'tending/'];

export interface StatefulStackProps extends StackProps {
  /** Days that reports of jobs are kept. */
  readonly reportDays: number;
}

/** What must outlive every deployment: the table and the bucket, both retained when the stack goes. */
export class StatefulStack extends Stack {
  readonly table: TableV2;
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: StatefulStackProps) {
    super(scope, id, props);
    this.table = new TableV2(this, 'Table', {
      partitionKey: text(TABLE.pk),
      sortKey: text(TABLE.sk),
      globalSecondaryIndexes: TABLE.indexes.map((index) => ({
        indexName: index.name,
        partitionKey: text(index.pk),
        sortKey: text(index.sk),
        projectionType: ProjectionType.ALL,
      })),
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      lifecycleRules: lifecycleRules(props.reportDays),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(
      this.bucket,
      'AwsSolutions-S1',
      'Only the functions of this installation read it; their access is in CloudTrail, a log bucket would cost more than it tells.',
    );
    new CfnOutput(this, 'TableName', { value: this.table.tableName });
    new CfnOutput(this, 'BucketName', { value: this.bucket.bucketName });
  }
}

/** What goes by age alone; what a source still points at is known to TidyInstallation (docs/retention.md). */
const lifecycleRules = (reportDays: number): LifecycleRule[] => [
  {
    abortIncompleteMultipartUploadAfter: Duration.days(1),
    noncurrentVersionExpiration: Duration.days(90),
    expiredObjectDeleteMarker: true,
  },
  ...REPORTS.map((prefix) => ({ prefix, expiration: Duration.days(reportDays) })),
  // Requests and answers of the bridge that are too long for a command: read within minutes.
  { prefix: 'bridge/', expiration: Duration.days(1), noncurrentVersionExpiration: Duration.days(1) },
  // On its way home from a site, and removed when it has come.
  { prefix: 'brought/', noncurrentVersionExpiration: Duration.days(1) },
  // Made anew whenever one is asked for.
  { prefix: 'exports/', expiration: Duration.days(EXPORT_DAYS), noncurrentVersionExpiration: Duration.days(1) },
];
