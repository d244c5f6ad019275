import { events } from './observe';
import type { Access } from '../installation/trawl-cli';

const startedAt = Date.now();
/** One line of the story, with minutes and seconds since the start. */
export function tell(line: string): void {
  const seconds = Math.floor((Date.now() - startedAt) / 1_000);
  process.stdout.write(`${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, '0')}  ${line}\n`);
}
export const elapsedSeconds = (): number => Math.round((Date.now() - startedAt) / 1_000);

/** What happens to a source, told once each: the product's own history, not the harness's guess. */
export function follow(access: Access): (sourceId: string) => Promise<void> {
  const told = new Set<string>();
  return async (sourceId) => {
    for (const event of [...(await events(access, sourceId))].reverse()) {
      const key = `${event.at} ${event.entityId} ${event.type}`;
      if (told.has(key)) continue;
      told.add(key);
      const change = event.to === undefined ? '' : `: ${event.from ?? ''} → ${event.to}`;
      tell(`${event.entityId.padEnd(34)} ${event.type}${change}${event.detail === undefined ? '' : ` (${event.detail})`}`);
    }
  };
}
