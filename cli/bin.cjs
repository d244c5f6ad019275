#!/usr/bin/env node
// The CLI is TypeScript and runs as it stands, so that what is read is what runs; tsx only strips the types.
require('tsx/cjs');
require('./main')
  .main(process.argv)
  .then((code) => {
    process.exitCode = code;
  });
