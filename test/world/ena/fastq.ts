import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { seededRandom } from './random';

/** What determines a generated file: the same spec is the same bytes, on every run of one Node version. */
export interface FastqSpec {
  readonly accession: string;
  readonly fileName: string;
  /** Wanted size of the gzip file; the real one is within one read of it, and never less than one read. */
  readonly targetBytes: number;
  readonly seed: number;
}
export interface FastqFile {
  readonly diskPath: string;
  readonly bytes: number;
  readonly md5: string;
}
const Sidecar = z.object({ bytes: z.int().positive(), md5: z.string().regex(/^[0-9a-f]{32}$/) });

// Part of the cache key: raise it when the generated text changes.
const FORMAT = 1;
const READ_BASES = 100;
const INDEX_DIGITS = 9;
const POOL_BYTES = 1 << 18;
const GZIP_OVERHEAD_BYTES = 18;
// As in random.ts.
const { floor } = Math;

/**
 * The file of a spec, made when the directory does not hold it yet. Safe to repeat and to run from two processes at once:
 * files are named by their spec and appear by rename, the sidecar with size and md5 last.
 */
export function ensureFastq(directory: string, spec: FastqSpec): FastqFile {
  const key = createHash('sha256')
    .update(JSON.stringify([FORMAT, process.version, spec]))
    .digest('hex')
    .slice(0, 24);
  const diskPath = join(directory, `${key}.fastq.gz`);
  const sidecarPath = join(directory, `${key}.json`);
  if (existsSync(sidecarPath) && existsSync(diskPath)) {
    const known = Sidecar.safeParse(JSON.parse(readFileSync(sidecarPath, 'utf8')));
    if (known.success && statSync(diskPath).size === known.data.bytes) return { diskPath, ...known.data };
  }
  mkdirSync(directory, { recursive: true });
  // Level 0: the reads are random, and the worlds' two cores have better things to do than to squeeze them.
  const content = gzipSync(fastqText(spec), { level: 0 });
  const made = { bytes: content.length, md5: createHash('md5').update(content).digest('hex') };
  writeByRename(diskPath, content);
  writeByRename(sidecarPath, JSON.stringify(made));
  return { diskPath, ...made };
}

function writeByRename(path: string, content: Buffer | string): void {
  const temporary = `${path}.${process.pid}.part`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}

/** Reads of one fixed length, so that the two mate files of a run, planned with equal sizes, hold equally many reads in one order. */
function fastqText(spec: FastqSpec): Buffer {
  const mate = /_([12])\.f(?:ast)?q/.exec(spec.fileName)?.[1];
  const prefix = `@${spec.accession}.`;
  const blank = `${prefix}${'0'.repeat(INDEX_DIGITS)}${mate === undefined ? '' : `/${mate}`}\n`;
  const record = Buffer.from(`${blank}${'N'.repeat(READ_BASES)}\n+\n${'I'.repeat(READ_BASES)}\n`, 'latin1');
  const records = Math.max(1, Math.floor((spec.targetBytes - GZIP_OVERHEAD_BYTES) / record.length));
  const random = seededRandom(createHash('sha256').update(`${spec.accession}/${spec.fileName}/${spec.seed}`).digest().readUInt32LE(0));
  const bases = pool(random, 'ACGT');
  const qualities = pool(random, '#,:FFFFF');
  const text = Buffer.alloc(record.length * records);
  const basesAt = blank.length;
  const qualitiesAt = basesAt + READ_BASES + '\n+\n'.length;
  for (let index = 0; index < records; index++) {
    const at = index * record.length;
    record.copy(text, at);
    writeDigits(text, at + prefix.length, index + 1);
    const from = floor(random() * (POOL_BYTES - READ_BASES));
    bases.copy(text, at + basesAt, from, from + READ_BASES);
    qualities.copy(text, at + qualitiesAt, from, from + READ_BASES);
  }
  return text;
}

// Drawing each base by itself takes seconds for 200 MB; slices of one pool take a fraction of one.
function pool(random: () => number, letters: string): Buffer {
  const result = Buffer.alloc(POOL_BYTES);
  const codes = Buffer.from(letters, 'latin1');
  for (let at = 0; at < POOL_BYTES; at++) result[at] = codes[floor(random() * codes.length)] ?? 0;
  return result;
}

function writeDigits(buffer: Buffer, at: number, value: number): void {
  for (let digit = INDEX_DIGITS - 1, rest = value; digit >= 0; digit--, rest = floor(rest / 10)) buffer[at + digit] = 48 + (rest % 10);
}

/**
 * Sizes in proportion to the recorded ones, none below the floor, adding up to the total. The floor is 50 KB, less where
 * that would take more than half of the total.
 */
export function planSizes(recordedBytes: readonly number[], totalBytes: number): readonly number[] {
  const floor = Math.min(50_000, Math.floor(totalBytes / (2 * Math.max(1, recordedBytes.length))));
  const at = (scale: number) => recordedBytes.map((bytes) => Math.max(floor, Math.round(bytes * scale)));
  let low = 0;
  let high = 1;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (at(middle).reduce((sum, bytes) => sum + bytes, 0) > totalBytes) high = middle;
    else low = middle;
  }
  return at(low);
}
