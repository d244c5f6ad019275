import { Command, InvalidArgumentError } from 'commander';
import { startEna } from './server';

interface Flags {
  readonly port: number;
  readonly host: string;
  readonly files: string;
  readonly totalBytes: number;
  readonly seed: number;
  readonly state?: string;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is needed');
  return Number(text);
}

/** Runs the stand-in until SIGTERM or SIGINT; the first line on standard output is `{"url","port","pid"}`, printed when it answers. */
async function main(): Promise<void> {
  const flags = new Command('ena')
    .description('stand-in for ENA: Portal API, taxonomy and FASTQ files')
    .requiredOption('--files <dir>', 'where generated files are kept')
    .option('--port <n>', 'port to listen on; 0 takes a free one', wholeNumber, 0)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--total-bytes <n>', 'size of all files together', wholeNumber, 200_000_000)
    .option('--seed <n>', 'of reads and row order', wholeNumber, 1)
    .option('--state <file>', 'journal of changes made through the control, replayed at the next start')
    .parse()
    .opts<Flags>();
  const { port, host, files, totalBytes, seed, state } = flags;
  const ena = await startEna({ port, host, filesDir: files, totalBytes, seed, statePath: state });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void ena.stop());
  process.stdout.write(`${JSON.stringify({ url: ena.url, port: ena.port, pid: process.pid })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`ena: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
