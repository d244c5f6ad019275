import type { Change, ServedFile, Synthetic } from './control-schema';
import { ensureFastq, type FastqFile, type FastqSpec } from './fastq';
import { fileNames, paths, type Recording } from './recorded';
import { syntheticRows } from './synthetic';
import type { Row } from './tables';

export type Changed = { readonly outcome: 'applied'; readonly row: Row } | { readonly outcome: 'unknown-run' | 'exists' | 'no-files' };

/** A generated file as the HTTP side needs it; `publishedAt` is its Last-Modified. */
export interface ArchiveFile extends FastqFile {
  readonly publishedAt: Date;
}
interface Entry extends Recording {
  readonly files: readonly ArchiveFile[];
  readonly isListed: boolean;
}
interface SyntheticStudy {
  readonly asked: Synthetic;
  readonly number: number;
  rows?: readonly Row[];
}
const NEW_FILE_BYTES = 50_000;

/** What the stand-in holds at this moment: rows with the md5 and bytes of their real files, and those files. */
export class Archive {
  private readonly entries = new Map<string, Entry>();
  private readonly byPath = new Map<string, ArchiveFile>();
  /** By study, in the order in which they were first asked for. */
  private readonly synthetic = new Map<string, SyntheticStudy>();

  /** Makes all files that `filesDir` does not hold yet; that takes a second or two for 200 MB. */
  constructor(
    recordings: readonly Recording[],
    private readonly filesDir: string,
    private readonly seed: number,
    private readonly now: () => Date,
  ) {
    for (const { row, specs } of recordings) this.put(row, specs);
  }

  /** The rows that queries see. */
  rows(): readonly Row[] {
    const recorded = [...this.entries.values()].filter(({ isListed }) => isListed).map(({ row }) => row);
    return recorded.concat(...[...this.synthetic.values()].map((study) => this.syntheticRows(study)));
  }

  /** Adds a study, made when it is first asked for; asked for again, it takes the place of what it was, with the same numbers. */
  synthesize(asked: Synthetic): void {
    this.synthetic.set(asked.study, { asked, number: this.synthetic.get(asked.study)?.number ?? this.synthetic.size });
  }

  private syntheticRows(study: SyntheticStudy): readonly Row[] {
    // Rows that were recorded with everything that is asked for.
    const models = (): readonly Row[] =>
      [...this.entries.values()].filter(({ row }) => (row['fastq_md5'] ?? '') !== '').map(({ row }) => row);
    return (study.rows ??= syntheticRows(study.asked, study.number, models()));
  }

  row(accession: string): Row | undefined {
    const entry = this.entries.get(accession);
    return entry?.isListed === true ? entry.row : undefined;
  }

  /** The file behind a server path; undefined for rows whose files were only recorded, and after a withdrawal. */
  file(path: string): ArchiveFile | undefined {
    return this.byPath.get(path);
  }

  files(): readonly ServedFile[] {
    return [...this.entries.values()]
      .filter(({ isListed }) => isListed)
      .flatMap(({ row, files }) =>
        files.map(({ bytes, md5 }, at) => ({ accession: row['run_accession'] ?? '', path: paths(row)[at] ?? '', bytes, md5 })),
      );
  }

  /** Applies one change; the same changes in the same order always give the same archive. */
  apply(change: Change): Changed {
    const entry = this.entries.get(change.accession);
    if (change.kind === 'add') return entry === undefined ? this.add(change) : { outcome: 'exists' };
    if (entry === undefined) return { outcome: 'unknown-run' };
    switch (change.kind) {
      case 'edit':
        return this.store(change.accession, { ...entry, row: { ...entry.row, ...change.fields } });
      case 'regenerate':
        if (entry.specs.length === 0) return { outcome: 'no-files' };
        return this.put(
          entry.row,
          entry.specs.map((spec) => ({ ...spec, seed: change.seed ?? spec.seed + 1 })),
        );
      case 'withdraw':
        return this.store(change.accession, { ...entry, isListed: false });
      case 'restore':
        return this.store(change.accession, { ...entry, isListed: true });
    }
  }

  private add({ accession, like, fields, files }: Extract<Change, { kind: 'add' }>): Changed {
    const model = like === undefined ? undefined : this.entries.get(like);
    if (like !== undefined && model === undefined) return { outcome: 'unknown-run' };
    const wanted = files ?? (model === undefined ? [] : copiedFiles(model, like ?? '', accession));
    const folder = `ftp.sra.ebi.ac.uk/vol1/fastq/${accession.slice(0, 6)}/0${accession.slice(-2)}/${accession}`;
    const row = {
      ...model?.row,
      ...fields,
      run_accession: accession,
      fastq_ftp: wanted.map(({ name }) => `${folder}/${name}`).join(';'),
      fastq_bytes: '',
      fastq_md5: '',
    };
    return this.put(
      row,
      wanted.map(({ name, bytes }) => ({ accession, fileName: name, targetBytes: bytes, seed: this.seed })),
    );
  }

  private put(row: Row, specs: readonly FastqSpec[]): Changed {
    const files = specs.map((spec) => ({ ...ensureFastq(this.filesDir, spec), publishedAt: this.now() }));
    const real =
      files.length === 0
        ? row
        : { ...row, fastq_bytes: files.map(({ bytes }) => bytes).join(';'), fastq_md5: files.map(({ md5 }) => md5).join(';') };
    return this.store(row['run_accession'] ?? '', { row: real, specs, files, isListed: true });
  }

  private store(accession: string, entry: Entry): Changed {
    const before = this.entries.get(accession);
    if (before !== undefined) for (const path of paths(before.row)) this.byPath.delete(path);
    this.entries.set(accession, entry);
    if (entry.isListed)
      paths(entry.row).forEach((path, at) => {
        const file = entry.files[at];
        if (file !== undefined) this.byPath.set(path, file);
      });
    return { outcome: 'applied', row: entry.row };
  }
}

function copiedFiles(model: Entry, like: string, accession: string): readonly { readonly name: string; readonly bytes: number }[] {
  return fileNames(model.row).map((name, at) => ({
    name: name.replace(like, accession),
    bytes: model.specs[at]?.targetBytes ?? NEW_FILE_BYTES,
  }));
}
