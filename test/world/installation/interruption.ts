const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const FAILED_BY_SIGNAL = 130;

/**
 * Does `work`; a Ctrl-C meanwhile runs `cleanUp` and ends this process with 130. What is started detached would outlive it unseen otherwise.
 * A second Ctrl-C does not cut the cleaning up short.
 * To be run by `node --import tsx`: the command `tsx` kills what does not answer a Ctrl-C within 60 ms.
 */
export async function cleaningUpOnInterruption<T>(
  cleanUp: () => Promise<void>,
  say: (text: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  let cleaning: Promise<void> | undefined;
  const interrupted = (): void => {
    if (cleaning) return;
    say('interrupted: ending what was started …');
    cleaning = cleanUp().then(
      () => process.exit(FAILED_BY_SIGNAL),
      (error: unknown) => {
        say(error instanceof Error ? error.message : String(error));
        process.exit(1);
      },
    );
  };
  SIGNALS.forEach((signal) => process.on(signal, interrupted));
  try {
    return await work();
  } finally {
    // The process ends when all is cleaned up; whoever waits here must not go on meanwhile.
    await cleaning;
    SIGNALS.forEach((signal) => process.off(signal, interrupted));
  }
}
