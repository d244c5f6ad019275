import type { RunFile } from '../wire';
import type { ListingRow } from './columns';

export const FILE_RULES = {
  'no-files': 'ENA lists no FASTQ file',
  'files-unequal': 'links, checksums and sizes differ in number',
  'files-incomplete': 'a file has no checksum or no size',
  'files-empty': 'a file has no bytes',
  'file-name-illegal': 'a file name or path cannot be used as it stands',
  'lone-second-mate': 'only the second mate of a pair is there',
  'files-ambiguous': 'several files that are no pair',
} as const;
export type FileRule = keyof typeof FILE_RULES;

export type FileNote = 'orphan-left-out' | 'single-file-of-paired' | 'pair-of-single';

export type FileChoice =
  | { readonly outcome: 'used'; readonly files: readonly RunFile[]; readonly note?: FileNote }
  | { readonly outcome: 'excluded'; readonly rule: FileRule; readonly reason: string };

type FileColumns = Pick<ListingRow, 'fastq_ftp' | 'fastq_md5' | 'fastq_bytes' | 'library_layout'>;

const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,200}$/;
const PATH = /^\/(?:[A-Za-z0-9._~+-]+\/)*[A-Za-z0-9._-]+$/;
const MD5 = /^[0-9a-f]{32}$/;
const mateOf = (name: string): string | undefined => /_([12])\.[a-z]+(?:\.[a-z0-9]+)?$/.exec(name)?.[1];

interface Listed {
  readonly name: string;
  readonly path: string;
  readonly md5: string;
  readonly size: string;
}
type Picked =
  | { readonly outcome: 'picked'; readonly files: readonly Listed[]; readonly note?: FileNote }
  | Extract<FileChoice, { readonly outcome: 'excluded' }>;

const exclude = (rule: FileRule, detail = ''): Extract<FileChoice, { readonly outcome: 'excluded' }> => ({
  outcome: 'excluded',
  rule,
  reason: detail === '' ? FILE_RULES[rule] : `${FILE_RULES[rule]}: ${detail.slice(0, 200)}`,
});

/**
 * Which files of a run are fetched, from ENA's positional lists. Layout and number of files do not agree at ENA: a pair counts wherever
 * `_1` and `_2` are both there (an orphan file beside them is left out), one file alone counts as single, except a lone `_2`.
 * @param fileBaseUrl scheme and host that serve ENA's paths, without a slash at the end
 */
export function chooseFiles(row: FileColumns, fileBaseUrl: string): FileChoice {
  const [links = [], md5s = [], sizes = []] = [row.fastq_ftp, row.fastq_md5, row.fastq_bytes].map((text) =>
    text === '' ? [] : text.split(';'),
  );
  if (links.every((link) => link === '')) return exclude('no-files');
  if (md5s.length !== links.length || sizes.length !== links.length) {
    return exclude('files-unequal', `${links.length} links, ${md5s.length} checksums, ${sizes.length} sizes`);
  }
  const listed = links.map((link, at) => {
    const path = link.replace(/^[a-z]+:\/\//, '').replace(/^[^/]*/, '');
    return { name: path.slice(path.lastIndexOf('/') + 1), path, md5: md5s[at] ?? '', size: sizes[at] ?? '' };
  });
  const picked = pick(listed, row.library_layout === 'PAIRED');
  if (picked.outcome === 'excluded') return picked;
  const faulty = picked.files.map(faultOf).find((fault) => fault !== undefined);
  if (faulty !== undefined) return faulty;
  const files = picked.files.map(({ name, path, md5, size }) => ({ name, url: `${fileBaseUrl}${path}`, bytes: Number(size), md5 }));
  return { outcome: 'used', files, ...(picked.note !== undefined && { note: picked.note }) };
}

/** Only files that are used are judged: an empty orphan beside a whole pair does no harm. */
function faultOf({ name, path, md5, size }: Listed): ReturnType<typeof exclude> | undefined {
  if (!FILE_NAME.test(name) || !PATH.test(path) || path.includes('/../')) return exclude('file-name-illegal', path);
  if (!MD5.test(md5) || !/^\d{1,15}$/.test(size)) return exclude('files-incomplete', name);
  return Number(size) === 0 ? exclude('files-empty', name) : undefined;
}

function pick(files: readonly Listed[], isPaired: boolean): Picked {
  const [only] = files;
  if (only !== undefined && files.length === 1) {
    if (mateOf(only.name) === '2') return exclude('lone-second-mate', only.name);
    return { outcome: 'picked', files, ...(isPaired && { note: 'single-file-of-paired' }) };
  }
  const [first, ...otherFirsts] = files.filter(({ name }) => mateOf(name) === '1');
  const [second, ...otherSeconds] = files.filter(({ name }) => mateOf(name) === '2');
  if (first === undefined || second === undefined || otherFirsts.length + otherSeconds.length > 0) {
    return exclude('files-ambiguous', files.map(({ name }) => name).join(', '));
  }
  const note = !isPaired ? 'pair-of-single' : files.length > 2 ? 'orphan-left-out' : undefined;
  return { outcome: 'picked', files: [first, second], ...(note !== undefined && { note }) };
}
