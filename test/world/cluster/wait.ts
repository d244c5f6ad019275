import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:net';

/** Asks `check` until it answers true. Rejects with `what` and, where given, `explain()` when the time is over. */
export async function waitFor(
  what: string,
  timeoutSeconds: number,
  check: () => Promise<boolean> | boolean,
  explain: () => string = () => '',
): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutSeconds} s\n${explain()}`.trim());
    await pause(50);
  }
}

/** Whether something accepts connections there. */
export function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
}
