const QUIET_MILLISECONDS = 2_000;
const isTerminal = (): boolean => process.stderr.isTTY;
const repeatMilliseconds = (): number => (isTerminal() ? 1_000 : 10_000);

function show(label: string, startedAtMs: number): void {
  const seconds = Math.round((Date.now() - startedAtMs) / 1000);
  process.stderr.write(isTerminal() ? `\r${label} … ${seconds} s` : `${label} … ${seconds} s\n`);
}
function wipe(): void {
  if (isTerminal()) process.stderr.write('\r\u001b[K');
}

/**
 * Says on standard error that and how long something is waited for, once it takes longer than two seconds.
 * @param label a function is asked anew each time
 */
export async function withProgress<T>(label: string | (() => string), work: Promise<T>): Promise<T> {
  const now = typeof label === 'string' ? () => label : label;
  const startedAtMs = Date.now();
  let repeat: NodeJS.Timeout | undefined;
  const first = setTimeout(() => {
    show(now(), startedAtMs);
    repeat = setInterval(() => show(now(), startedAtMs), repeatMilliseconds());
  }, QUIET_MILLISECONDS);
  try {
    return await work;
  } finally {
    clearTimeout(first);
    clearInterval(repeat);
    if (repeat) wipe();
  }
}

/** The same for items that are worked through in one go, when no timer can fire. */
export function* announcing<T>(label: string, items: Iterable<T>): Generator<T> {
  const startedAtMs = Date.now();
  let nextMs = startedAtMs + QUIET_MILLISECONDS;
  let count = 0;
  for (const item of items) {
    yield item;
    count += 1;
    if (count % 1_000 === 0 && Date.now() >= nextMs) {
      show(`${label}: ${count} rows`, startedAtMs);
      nextMs = Date.now() + repeatMilliseconds();
    }
  }
  if (nextMs > startedAtMs + QUIET_MILLISECONDS) wipe();
}
