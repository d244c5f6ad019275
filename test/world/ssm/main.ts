import { Command, InvalidArgumentError } from 'commander';
import { startSsm } from './server';

interface Flags {
  readonly port: number;
  readonly node: string;
  readonly emulator: string;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is needed');
  return Number(text);
}

/** Runs the stand-in until SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const { port, node, emulator } = new Command('ssm')
    .description('stand-in for Run Command of Systems Manager; everything else goes to the emulator behind it')
    .requiredOption('--node <id>', 'the one managed node: this machine')
    .requiredOption('--emulator <url>', 'where everything else goes')
    .option('--port <n>', 'port of 127.0.0.1 to listen on; 0 takes a free one', wholeNumber, 0)
    .parse()
    .opts<Flags>();
  const running = await startSsm({ port, node, emulator });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void running.stop());
  process.stdout.write(`${JSON.stringify({ url: running.url, pid: process.pid })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`ssm: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
