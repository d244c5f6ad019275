import { readFileSync } from 'node:fs';
import type { Emulator } from './emulator';
import { markedProcesses } from './processes';

/** The memory of one function's process, as far as it lives still; MiniStack keeps it for five minutes after its last call. */
export interface FunctionMemory {
  /** Its whole name, `<installation>-<folder>`. */
  readonly name: string;
  /** Highest resident size since its start (VmHWM). */
  readonly peakMb: number;
  /** What it is deployed with. */
  readonly configuredMb: number;
  /** What the kernel lets it have for writing (RLIMIT_DATA); undefined where it may have all. */
  readonly heldToMb: number | undefined;
}

function memoryOf(pid: number): FunctionMemory | undefined {
  try {
    const environment = new Map(
      readFileSync(`/proc/${pid}/environ`, 'utf8')
        .split('\0')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    const name = environment.get('AWS_LAMBDA_FUNCTION_NAME');
    if (name === undefined) return undefined;
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    const held = /Max data size\s+(\d+)/.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1];
    return {
      name,
      peakMb: Math.ceil(Number(peak) / 1024),
      configuredMb: Number(environment.get('AWS_LAMBDA_FUNCTION_MEMORY_SIZE')),
      heldToMb: held === undefined ? undefined : Number(held) / 1024 ** 2,
    };
  } catch {
    return undefined; // it ended meanwhile
  }
}

/** The memory of every function that was called lately, the greatest peak first. */
export const functionMemory = ({ stateDir }: Emulator): readonly FunctionMemory[] =>
  markedProcesses(stateDir)
    .map(memoryOf)
    .filter((memory) => memory !== undefined)
    .sort((one, other) => other.peakMb - one.peakMb);
