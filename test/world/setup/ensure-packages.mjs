// First step of every npm script: brings node_modules in line with the lock file, and nothing where it is so already.
// Plain JavaScript on Node alone, since it runs before there are any packages.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Trawl needs Node 20.19 or newer, this is ${process.version}.\n`);
  process.exit(1);
}
const stamp = 'node_modules/.trawl-lock';
const wanted = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  process.stderr.write('npm ci (packages are missing or older than package-lock.json) …\n');
  const { status } = spawnSync('npm', ['ci', '--no-progress', '--loglevel=error'], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) {
    process.stderr.write('"npm ci" failed; mend what it says above and run the same command again.\n');
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}
