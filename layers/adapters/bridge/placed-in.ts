import type { Gate } from '../../core/ports/outside';
import type { ClusterSetting } from '../../core/settings';

/** The same gate, whose jobs all say the account and the quality of service that the cluster asks for; those that fetch also which nodes may run them. */
export function placedIn({ account, qos, constraint }: Pick<ClusterSetting, 'account' | 'qos' | 'constraint'>, gate: Gate): Gate {
  const everyJob = { ...(account !== undefined && { account }), ...(qos !== undefined && { qos }) };
  const fetching = { ...everyJob, ...(constraint !== undefined && { constraint }) };
  return {
    ...gate,
    submit: (request) =>
      gate.submit({ ...request, resources: { ...request.resources, ...(request.kind === 'run' ? fetching : everyJob) } }),
  };
}
