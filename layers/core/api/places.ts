import type { MachineName } from '../ports/outside';

/** What leads a person from an answer of Trawl to the console and to the files. */
export interface Places {
  readonly installation: string;
  readonly cluster: { readonly host: string; readonly root: string };
  readonly bucket: string;
  /** State machine ARN by name. */
  readonly machines: Readonly<Record<string, string>>;
}

/** `host:/root`, as rsync and scp take it. */
export const homeOf = ({ cluster }: Places): string => `${cluster.host}:${cluster.root}`;

/** The console's page of one execution; undefined where its machine is not known. */
export function executionUrl(places: Places, machine: MachineName, name: string): string | undefined {
  const arn = places.machines[machine];
  const region = arn?.split(':')[3];
  if (arn === undefined || region === undefined) return undefined;
  const execution = `${arn.replace(':stateMachine:', ':execution:')}:${name}`;
  return `https://${region}.console.aws.amazon.com/states/home?region=${region}#/v2/executions/details/${execution}`;
}
