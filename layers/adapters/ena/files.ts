import { Agent, fetch } from 'undici';
import type { ArchiveFiles } from '../../core/ports/ena';
import { reasonOf } from './request';

/** ENA's file server, asked with HEAD: what a file costs to look at is one round trip. */
export function enaFiles(timeoutSeconds = 20): ArchiveFiles {
  // A held connection would keep a process that has finished alive.
  const dispatcher = new Agent({ connect: { timeout: (timeoutSeconds * 1000) / 2 }, keepAliveTimeout: 1000 });
  return {
    serves: async ({ url, bytes }) => {
      try {
        const signal = AbortSignal.timeout(timeoutSeconds * 1000);
        // Compressed on the way it would have no length.
        const headers = { 'user-agent': 'trawl', 'accept-encoding': 'identity' };
        const { status, headers: said } = await fetch(url, { method: 'HEAD', dispatcher, signal, headers });
        if (status === 404 || status === 410) return { outcome: 'other', detail: `HTTP ${status}` };
        const length = said.get('content-length');
        if (status !== 200 || length === null) return { outcome: 'unknown', detail: `HTTP ${status}, ${length ?? 'no'} bytes` };
        return Number(length) === bytes
          ? { outcome: 'same' }
          : { outcome: 'other', detail: `it has ${length} bytes, listed were ${bytes}` };
      } catch (error) {
        return { outcome: 'unknown', detail: reasonOf(error) };
      }
    },
  };
}
