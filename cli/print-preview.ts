import { counted } from '../layers/core/words';
import type { PreviewAnswer } from './filter-schemas';
import { humanBytes, print, table } from './output';

const change = (now: number, then: number): string => `${now} → ${then}`;
const byRule = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort(([, one], [, other]) => other - one)
    .map(([rule, count]) => `${count} ${rule}`)
    .join(', ');

function printExcluded({ runs, bytes, byRule: rules, complete, inWork, examples }: PreviewAnswer['becomeExcluded']): void {
  print(`would be left out   ${counted(runs, 'run')}, ${humanBytes(bytes)}${runs === 0 ? '' : `: ${byRule(rules)}`}`);
  if (complete > 0) print(`                    ${complete} of them are complete: their results stay`);
  if (inWork > 0) print(`                    ${inWork} of them are being fetched: what comes home stays`);
  if (examples.length === 0) return;
  print(
    `\n${table(
      ['RUN', 'STATE', 'RULE', 'REASON'],
      examples.map(({ accession, state, rule, reason }) => [accession, state, rule, reason]),
    )}\n`,
  );
}

function printIncluded({ runs, bytes, byRule: rules, complete, inWork, notLookedUp, examples }: PreviewAnswer['becomeIncluded']): void {
  print(`would come in       ${counted(runs, 'run')}, ${humanBytes(bytes)}${runs === 0 ? '' : `: left out so far by ${byRule(rules)}`}`);
  if (complete > 0) print(`                    ${complete} of them are at home already`);
  if (inWork > 0) print(`                    ${inWork} of them are being fetched`);
  if (notLookedUp > 0) print(`                    ${notLookedUp} of them were not looked up, and count as due`);
  if (examples.length > 0) print(`                    for example ${examples.map(({ accession }) => accession).join(', ')}`);
}

/** What a change of filters would do, for people. */
export function printPreview(preview: PreviewAnswer): void {
  const { sourceId, listingCycle, isWhole, listedRuns, runs, now, then } = preview;
  if (listingCycle === 0) {
    print(`${sourceId} has no listing yet: its first cycle will judge by these filters.`);
    return;
  }
  print(`${sourceId}: ${counted(listedRuns, 'run')} listed in cycle ${listingCycle}`);
  if (!isWhole) print(`Time was up after ${runs} of them: all numbers are of these alone.`);
  print(`included            ${change(now.included, then.included)}`);
  print(`excluded            ${change(now.excluded, then.excluded)}`);
  print(`due                 ${change(now.dueRuns, then.dueRuns)} runs, ${humanBytes(now.dueBytes)} → ${humanBytes(then.dueBytes)}`);
  printExcluded(preview.becomeExcluded);
  printIncluded(preview.becomeIncluded);
}
