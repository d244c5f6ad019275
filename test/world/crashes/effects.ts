/** Which calls change something outside a function, and whom they concern. Pure. */

/** What every id of a source, batch, worker or job of a study has in it, and every key of what belongs to one. */
const SUBJECT = /PRJEB\d+/;
const READS = /^(Get|Query|Scan|BatchGet|TransactGet|Describe|List)/;

/** The study that a call names first; the same function's later calls that name none concern it too. */
export const subjectOf = (...texts: readonly string[]): string | undefined => SUBJECT.exec(texts.join(' '))?.[0];

export interface AwsCall {
  readonly method: string;
  readonly path: string;
  /** `DynamoDB_20120810.PutItem`; S3 has none. */
  readonly target: string | undefined;
}
/** How an effect on AWS is called, or undefined for what only looks. */
export function awsEffect({ method, path, target }: AwsCall): string | undefined {
  if (target === undefined)
    return method === 'GET' || method === 'HEAD' ? undefined : `s3 ${method} ${path.split('?')[0]?.split('/')[2] ?? ''}`;
  const operation = target.slice(target.lastIndexOf('.') + 1);
  return READS.test(operation) ? undefined : operation;
}

/** The same at DigitalOcean. */
export const digitalOceanEffect = (method: string, path: string): string | undefined =>
  method === 'GET' ? undefined : `${method} ${path.split('?')[0]?.replaceAll(/\d+$/g, '…').replace('/v2/', '') ?? ''}`;

/** The same at the gate. */
export const gateEffect = (verb: string): string | undefined => (verb === 'submit' || verb === 'cancel' ? `gate ${verb}` : undefined);
