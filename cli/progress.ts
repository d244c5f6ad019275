const QUIET_SECONDS = 2;

/** Says on standard error that and how long something is waited for, once it takes longer than two seconds. */
export async function withProgress<T>(label: string, work: Promise<T>): Promise<T> {
  const startedAt = Date.now();
  const show = (): void => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    process.stderr.write(process.stderr.isTTY ? `\r${label} … ${seconds} s` : `${label} … ${seconds} s\n`);
  };
  let repeat: NodeJS.Timeout | undefined;
  const first = setTimeout(() => {
    show();
    repeat = setInterval(show, process.stderr.isTTY ? 1_000 : 10_000);
  }, QUIET_SECONDS * 1_000);
  try {
    return await work;
  } finally {
    clearTimeout(first);
    clearInterval(repeat);
    if (repeat && process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  }
}
