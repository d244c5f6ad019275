import { readFileSync } from 'node:fs';

/** One record of ENA: column to value; every value is text, and an absent column reads as empty. */
export type Row = Readonly<Record<string, string>>;
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

/** Reads a recorded report: a header line, no quoting, as ENA writes it. */
export function readTsv(path: string): readonly Row[] {
  const [header = '', ...lines] = readFileSync(path, 'utf8').split('\n');
  const columns = header.split('\t');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const values = line.split('\t');
      return Object.fromEntries(columns.map((column, at) => [column, values[at] ?? '']));
    });
}

/** Header and rows, columns in the table's order, a line feed after each line. */
export function toTsv({ columns, rows }: Table): string {
  return [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))].map((line) => `${line.join('\t')}\n`).join('');
}

/** An array of objects, one line each; every value is a string, as at ENA. */
export function toJson({ columns, rows }: Table): string {
  const objects = rows.map((row) => JSON.stringify(Object.fromEntries(columns.map((column) => [column, row[column] ?? '']))));
  return `[${objects.join(',\n')}]`;
}
