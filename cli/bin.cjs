#!/usr/bin/env node
// The CLI is TypeScript and runs as it stands, so that what is read is what runs; tsx only strips the types.
try {
  require('tsx/cjs');
} catch (error) {
  if (error.code !== 'MODULE_NOT_FOUND') throw error;
  process.stderr.write(`trawl: its packages are not installed\n  → run "npm ci" in ${require('node:path').dirname(__dirname)}\n`);
  process.exit(1);
}
// "trawl log 562 | head" closes the pipe early: that is the reader's choice and no error.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
require('./main')
  .main(process.argv)
  .then((code) => {
    process.exitCode = code;
  });
