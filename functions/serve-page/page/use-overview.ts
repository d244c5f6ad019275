import { useEffect, useState } from 'preact/hooks';
import { askOverview } from './api';
import type { Overview } from './schema';

const EVERY_MILLISECONDS = 5_000;

export interface Seen {
  readonly overview: Overview;
  /** The browser's clock when it came. */
  readonly heardAtMs: number;
}
export interface Watched {
  readonly seen?: Seen;
  /** Why the newest question was not answered; absent when it was. */
  readonly trouble?: string;
}

/** Asks again and again while the page is visible; at once when it becomes visible. A refused token ends it. */
export function useOverview(token: string, first: Overview | undefined, onRefused: (why: string) => void): Watched {
  const [watched, setWatched] = useState<Watched>(first ? { seen: { overview: first, heardAtMs: Date.now() } } : {});
  useEffect(() => {
    let timer: number | undefined;
    let isOver = false;
    let isAsking = false;
    const ask = async (): Promise<void> => {
      if (isAsking || document.hidden) return;
      isAsking = true;
      window.clearTimeout(timer);
      const answer = await askOverview(token);
      isAsking = false;
      if (isOver) return;
      if (answer.outcome === 'refused') {
        onRefused(answer.why);
        return;
      }
      setWatched(({ seen }) =>
        answer.outcome === 'heard'
          ? { seen: { overview: answer.overview, heardAtMs: Date.now() } }
          : { ...(seen ? { seen } : {}), trouble: answer.why },
      );
      timer = window.setTimeout(() => void ask(), EVERY_MILLISECONDS);
    };
    const onVisible = (): void => void ask();
    document.addEventListener('visibilitychange', onVisible);
    void ask();
    return () => {
      isOver = true;
      window.clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [token]);
  return watched;
}

/** The time, every second, so that ages move between two answers. */
export function useNow(): number {
  const [nowMs, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1_000);
    return () => window.clearInterval(timer);
  }, []);
  return nowMs;
}
