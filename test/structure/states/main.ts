import { Command } from 'commander';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { statesPage } from './render';

const program = new Command('npm run states --');
program.description('Writes docs/states.md from the table of transitions and the list of who watches each state').action(() => {
  writeFileSync(resolve(__dirname, '../../../docs/states.md'), statesPage());
});
program.parse();
