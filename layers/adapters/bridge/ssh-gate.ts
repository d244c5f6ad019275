import type { Gate } from '../../core/ports/outside';
import { gateOver } from './gate-over';
import { revokedAt } from './revoked-key';
import { sshRoundTrip, SSH_TIMES, type SshTarget, type SshTimes } from './ssh-round-trip';

/**
 * The gate over SSH: a pinned host key, the verb as the whole command, the request on standard input.
 * A key that was revoked opens no connection.
 * @param privateKey the bridge's own key, read anew for each call
 */
export const sshGate = (target: SshTarget, privateKey: () => Promise<string>, times: SshTimes = SSH_TIMES): Gate =>
  gateOver(async (verb, request) => {
    const key = await privateKey();
    const revoked = revokedAt(key);
    if (revoked !== undefined) return { outcome: 'not-sent', reason: 'key-revoked', detail: `revoked ${revoked}: nothing is asked` };
    return sshRoundTrip(target, key, verb, request, times);
  });
