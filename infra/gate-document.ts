/** Longest run of the gate: its commands have 20 to 30 s each where the controller hangs. Below the 90 s that the bridge waits. */
const EXECUTION_SECONDS = 80;

/** Free of anything that a shell reads otherwise: the two stand in the document's script. */
export const SHELL_SAFE_PATH = /^\/[A-Za-z0-9._/-]+$/;
export const ACCOUNT_NAME = /^[a-z_][a-z0-9_-]{0,31}$/;

export interface GatePlace {
  /** The account that owns ROOT; the agent of Systems Manager is root and gives its rights up before anything else. */
  readonly user: string;
  readonly root: string;
}

/**
 * The Command document of one installation: as the cluster's account, with an environment of its own, it starts the gate and gives it its one
 * parameter on standard input. What may stand in the parameter is base64, so that it is nothing to the shell; and it is in no argument list.
 */
export function gateDocument({ user, root }: GatePlace): object {
  if (!ACCOUNT_NAME.test(user) || !SHELL_SAFE_PATH.test(root)) throw new Error(`cluster.user or cluster.root cannot stand in a script`);
  const environment = `env -i HOME="$home" USER=${user} LOGNAME=${user} SHELL=/bin/sh PATH=/usr/local/bin:/usr/bin:/bin`;
  return {
    schemaVersion: '2.2',
    description: 'One request to the gate of Trawl on the head node of the cluster',
    parameters: {
      Request: { type: 'String', description: 'base64, for gate.py alone', allowedPattern: '^[A-Za-z0-9+/]+={0,2}$', maxChars: 60_000 },
    },
    mainSteps: [
      {
        action: 'aws:runShellScript',
        name: 'gate',
        precondition: { StringEquals: ['platformType', 'Linux'] },
        inputs: {
          timeoutSeconds: String(EXECUTION_SECONDS),
          runCommand: [
            `home=$(getent passwd ${user} | cut -d: -f6)`,
            // Told by layers/adapters/bridge/ssm-answers.ts from an end of the gate.
            '[ -n "$home" ] || exit 71',
            `printf %s '{{ Request }}' | runuser -u ${user} -- ${environment} ${root}/kit/gate.py --root ${root} --ssm`,
          ],
        },
      },
    ],
  };
}
