import type { Gate } from '../../core/ports/outside';
import { gateOver } from './gate-over';
import { sshRoundTrip, SSH_TIMES, type SshTarget, type SshTimes } from './ssh-round-trip';

/**
 * The gate over SSH: a pinned host key, the verb as the whole command, the request on standard input.
 * @param privateKey the bridge's own key, read anew for each call
 */
export const sshGate = (target: SshTarget, privateKey: () => Promise<string>, times: SshTimes = SSH_TIMES): Gate =>
  gateOver(async (verb, request) => sshRoundTrip(target, await privateKey(), verb, request, times));
