import type { IncomingHttpHeaders } from 'node:http';
import type { ArchiveFile } from './archive';
import type { Outgoing } from './deliver';

type Range =
  { readonly outcome: 'whole' } | { readonly outcome: 'part'; readonly from: number; readonly to: number } | { readonly outcome: 'beyond' };

/** The answer to GET or HEAD of a file: whole, one byte range (206), 416 beyond its end, or 404. */
export function answerFile(file: ArchiveFile | undefined, headers: IncomingHttpHeaders): Outgoing {
  if (file === undefined) return { status: 404, headers: { 'content-type': 'text/plain' }, body: { text: 'Not Found' } };
  const { bytes, md5, diskPath, publishedAt } = file;
  const common = {
    'accept-ranges': 'bytes',
    'content-type': 'application/x-gzip',
    etag: `"${md5}"`,
    'last-modified': publishedAt.toUTCString(),
  };
  const condition = headers['if-range'];
  const isSame = condition === undefined || condition === common.etag || condition === common['last-modified'];
  const range = isSame ? parseRange(headers.range, bytes) : ({ outcome: 'whole' } as const);
  switch (range.outcome) {
    case 'beyond':
      return { status: 416, headers: { ...common, 'content-range': `bytes */${bytes}` }, body: { text: '' } };
    case 'whole':
      return { status: 200, headers: common, body: { diskPath, from: 0, to: bytes - 1 } };
    case 'part': {
      const { from, to } = range;
      return { status: 206, headers: { ...common, 'content-range': `bytes ${from}-${to}/${bytes}` }, body: { diskPath, from, to } };
    }
  }
}

/** One range of RFC 9110: `a-b`, `a-` or `-n`. Anything else, also several ranges, is ignored, as a server may. */
function parseRange(header: string | undefined, bytes: number): Range {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (found === null) return { outcome: 'whole' };
  const [, first = '', last = ''] = found;
  if (first === '' && last === '') return { outcome: 'whole' };
  if (first === '')
    return Number(last) === 0 ? { outcome: 'beyond' } : { outcome: 'part', from: Math.max(0, bytes - Number(last)), to: bytes - 1 };
  const from = Number(first);
  if (last !== '' && Number(last) < from) return { outcome: 'whole' };
  if (from >= bytes) return { outcome: 'beyond' };
  return { outcome: 'part', from, to: last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1) };
}
