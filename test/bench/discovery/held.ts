import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

const MEBIBYTE = 1024 ** 2;
const LOOK_MS = 20;
/** What V8, DuckDB, threads and the allocator reserve for writing and never touch: RLIMIT_DATA counts it, resident memory does not. */
const RESERVED_MB = 512;

const residentMb = (pid: number): number => {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0; // it has ended
  }
};

/**
 * What a program prints that may have so much resident memory and no more. Linux bounds resident memory of a group of processes alone (a
 * control group, which not everybody may make), so it is looked at 50 times a second, and who passes the limit is killed; the kernel
 * itself refuses what would go far beyond between two looks. What was reached for less than that its own reading (VmHWM) tells.
 * @throws when it was killed, or failed
 */
export function heldTo(limitMb: number, command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('prlimit', [`--data=${(limitMb + RESERVED_MB) * MEBIBYTE}`, command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
    let passedMb: number | undefined;
    const look = setInterval(() => {
      const nowMb = residentMb(child.pid ?? 0);
      if (nowMb <= limitMb) return;
      passedMb = nowMb;
      child.kill('SIGKILL');
    }, LOOK_MS);
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(look);
      if (code === 0) resolve(said.stdout);
      else if (passedMb !== undefined) reject(new Error(`killed with ${Math.round(passedMb)} MB resident, above ${limitMb} MB`));
      else reject(new Error(`ended with ${code}, held to ${limitMb} MB:\n${said.stderr.slice(-2_000)}`));
    });
  });
}
