import type { Attempt } from '../../../../layers/core/entities';
import { roomAt } from '../../../../layers/core/dispatch/provider-pace';

const NOW = new Date('2026-01-01T12:00:00.000Z');
const ago = (seconds: number): string => new Date(NOW.getTime() - seconds * 1000).toISOString();
const worker = (provider: string, seconds: number) => ({ provider, requestedAt: ago(seconds) });
const ended = (cause: string, seconds: number, provider = 'droplet'): { readonly attempts: Attempt[] } => ({
  attempts: [{ attempt: 1, cause, detail: '', endedAt: ago(seconds), provider }],
});
const times = <T>(count: number, one: T): T[] => Array<T>(count).fill(one);

test.each([
  ['nothing was made', [], [], 20],
  ['some were made in this minute', times(12, worker('droplet', 30)), [], 8],
  ['many were made in this minute', times(40, worker('droplet', 59)), [], 0],
  ['many live, made before', times(40, worker('droplet', 60)), [], 20],
  ['others were made elsewhere', times(40, worker('slurm', 5)), [], 20],
  ['two were put off', [], times(2, ended('unreachable', 10)), 18],
  ['three were put off: it is left alone', [], times(3, ended('rate-limited', 10)), 0],
  ['three were put off, a minute ago', [], times(3, ended('rate-limited', 60)), 20],
  ['three failed for another cause', [], times(3, ended('start-deadline', 10)), 20],
  ['three were put off elsewhere', [], times(3, ended('unreachable', 10, 'slurm')), 20],
])('when %s', (_, alive, planned, room) => {
  expect(roomAt(alive, planned, NOW)('droplet')).toBe(room);
});
