import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { BootMode } from './control-schema';
import { startDigitalOcean } from './server';

interface Flags {
  readonly port: number;
  readonly state: string;
  readonly tokenFile: string;
  readonly boot: string;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is needed');
  return Number(text);
}

/** Runs the stand-in until SIGTERM or SIGINT; the first line on standard output is `{"url","port","pid"}`, printed when it answers. */
async function main(): Promise<void> {
  const { port, state, tokenFile, boot } = new Command('digitalocean')
    .description('stand-in for DigitalOcean: API v2, and droplets that are sandboxes of this machine')
    .requiredOption('--state <dir>', 'where disks of droplets lie')
    .requiredOption('--token-file <file>', 'holds the token that callers must bear')
    .option('--port <n>', 'port of 127.0.0.1 to listen on; 0 takes a free one', wholeNumber, 0)
    .option('--boot <mode>', 'what a droplet is: none or sandbox', 'none')
    .parse()
    .opts<Flags>();
  const token = readFileSync(tokenFile, 'utf8').trim();
  const running = await startDigitalOcean({ port, stateDir: state, token, settings: { boot: BootMode.parse(boot) } });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void running.stop());
  process.stdout.write(`${JSON.stringify({ url: running.url, port: running.port, pid: process.pid })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`digitalocean: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
