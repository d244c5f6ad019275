import { type Fault, isInjected } from './catalogue';
import type { Ledger } from './ledger';

/** How a test ended, by the whole of its name and the end of its file's path. */
export interface Ended {
  readonly file: string;
  readonly name: string;
  readonly passed: boolean;
  readonly words: string;
}

export interface Verdict {
  readonly id: string;
  readonly fault: string;
  readonly injectedAt?: string;
  readonly endState?: string;
  readonly injected: number;
  readonly survived: boolean;
  /** Why it counts as not survived. */
  readonly words: string;
  readonly cannotOccur?: string;
}

export interface Report {
  readonly faults: readonly Verdict[];
  readonly lost: number;
  readonly leaked: number;
  /** Everything that speaks against it, in words; empty is a pass. */
  readonly against: readonly string[];
}

/**
 * A fault is survived when it came to be at least once and its test saw the end state that is listed. What was lost or leaked counts against
 * the whole, and so do a fault that the ledger names and the catalogue does not, and an installation that nobody tallied.
 */
export function judge(faults: readonly Fault[], ended: readonly Ended[], ledger: Ledger): Report {
  const verdicts = faults.map((fault) => verdict(fault, ended, ledger));
  const listed = new Set(faults.map(({ id }) => id));
  const strangers = [...ledger.times.keys()].filter((id) => !listed.has(id));
  const [lost, leaked] = [ledger.tallies.flatMap((tally) => tally.lost), ledger.tallies.flatMap((tally) => tally.leaked)];
  const isAnyInjected = verdicts.some(({ injected }) => injected > 0);
  return {
    faults: verdicts,
    lost: lost.length,
    leaked: leaked.length,
    against: [
      ...verdicts.filter(({ survived }) => !survived).map(({ id, words }) => `${id}: ${words}`),
      ...strangers.map((id) => `${id}: injected, but not listed in test/faults.json`),
      ...lost.map((what) => `lost: ${what}`),
      ...leaked.map((what) => `leaked: ${what}`),
      ...(isAnyInjected && ledger.tallies.length === 0 ? ['no installation was looked over for what is lost or leaked'] : []),
    ],
  };
}

function verdict(fault: Fault, ended: readonly Ended[], { times }: Ledger): Verdict {
  const { id } = fault;
  const injected = times.get(id) ?? 0;
  if (!isInjected(fault)) {
    const words = injected > 0 ? 'injected, although it is listed as one that cannot occur' : '';
    return { id, fault: fault.fault, injected, survived: injected === 0, words, cannotOccur: fault.cannotOccur };
  }
  const test = ended.find(({ file, name }) => file.endsWith(fault.file) && name.endsWith(fault.test));
  const words = [
    ...(test === undefined ? [`no test "${fault.test}" ran in ${fault.file}`] : test.passed ? [] : [test.words]),
    ...(injected === 0 ? ['it was injected 0 times'] : []),
  ].join('; ');
  return { id, fault: fault.fault, injectedAt: fault.injectedAt, endState: fault.endState, injected, survived: words === '', words };
}
