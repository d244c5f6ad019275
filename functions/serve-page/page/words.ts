/** Numbers and times as people read them. All pure. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min`;
  const [large, small, unit, rest] =
    whole < DAY
      ? [Math.floor(whole / HOUR), Math.floor((whole % HOUR) / MINUTE), 'h', 'min']
      : [Math.floor(whole / DAY), Math.floor((whole % DAY) / HOUR), 'd', 'h'];
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${rest}`;
}

/** `3 h ago`, `in 12 min`, `now`. */
export function relativeText(time: string, nowMs: number): string {
  const seconds = (Date.parse(time) - nowMs) / 1000;
  if (Math.abs(seconds) < 2) return 'now';
  return seconds < 0 ? `${durationText(-seconds)} ago` : `in ${durationText(seconds)}`;
}

/** `2026-11-21 09:30:00 UTC` */
export const exactText = (time: string): string => `${time.slice(0, 10)} ${time.slice(11, 19)} UTC`;

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
/** `512 B`, `1.2 GB`: powers of 1000. */
export function bytesText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[power] ?? ''}`;
}

/** `$0.0179`, `$1.50`: prices of an hour are often below a cent. */
export const dollarsText = (dollars: number): string => `$${dollars.toFixed(dollars !== 0 && dollars < 0.1 ? 4 : 2)}`;

export const plural = (count: number, noun: string, nouns = `${noun}s`): string => `${count} ${count === 1 ? noun : nouns}`;
