import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sshGate } from '../../../layers/adapters/bridge/ssh-gate';
import type { Gate } from '../../../layers/core/ports/outside';
import { say, startSshPeer } from '../../contract/gate/ssh-peer';

const ROOT = resolve(__dirname, '../../..');
const COMMANDS = ['sbatch', 'squeue', 'sacct', 'scancel', 'sinfo', 'scontrol'] as const;

/** What went over the bridge, and what the gate asked of Slurm for it. */
export interface Tally {
  logins: number;
  bytesThere: number;
  bytesBack: number;
  slurmCalls: number;
}
export interface Place {
  readonly gate: Gate;
  /** Since the last time it was asked. */
  take(): Tally;
  close(): Promise<void>;
}

/** The product's gate behind a real SSH server, over the fake Slurm of its unit tests, in which these jobs run. */
export async function openPlace(keys: readonly string[]): Promise<Place> {
  const scratch = mkdtempSync(join(tmpdir(), 'trawl-bench-bridge-'));
  const [root, state, bin] = ['root', 'slurm', 'bin'].map((name) => join(scratch, name)) as [string, string, string];
  for (const folder of [join(root, 'jobs'), join(root, 'kit'), state, bin]) mkdirSync(folder, { recursive: true });
  for (const name of COMMANDS) symlinkSync(join(ROOT, 'test/unit/slurm/fake_slurm.py'), join(bin, name));
  writeFileSync(
    join(state, 'jobs.json'),
    JSON.stringify(keys.map((name, at) => ({ id: String(at + 1), name, state: 'RUNNING', reason: 'None' }))),
  );
  const environment = { FAKE_SLURM: state, FAKE_FIXTURES: join(ROOT, 'test/fixtures/slurm'), PATH: `${bin}:${process.env['PATH'] ?? ''}` };
  writeFileSync(join(root, 'kit', 'gate.json'), JSON.stringify({ environment }));
  const tally: Tally = { logins: 0, bytesThere: 0, bytesBack: 0, slurmCalls: 0 };
  const peer = await startSshPeer((channel, _connection, command, input) => {
    tally.logins += 1;
    tally.bytesThere += command.length + input.length;
    const child = spawn('python3', [join(ROOT, 'slurm/gate.py'), '--root', root], {
      env: { ...process.env, SSH_ORIGINAL_COMMAND: command },
    });
    const out: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.on('close', () => {
      const answer = Buffer.concat(out);
      tally.bytesBack += answer.length;
      say(channel, answer.toString('utf8'));
    });
    child.stdin.end(input);
  });
  const calls = join(state, 'calls.jsonl');
  return {
    gate: sshGate(peer.target, async () => peer.privateKey),
    take: () => {
      const slurmCalls = readFileSync(calls, 'utf8').trim().split('\n').length;
      writeFileSync(calls, '');
      const taken = { ...tally, slurmCalls };
      Object.assign(tally, { logins: 0, bytesThere: 0, bytesBack: 0 });
      return taken;
    },
    close: async () => {
      await peer.close();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}
