import type { ComponentChildren, JSX } from 'preact';
import { exactText, relativeText } from './words';

/** A time as distance from now; the exact one shows on hovering and is what machines read. */
export const Moment = ({ at, nowMs }: { readonly at: string; readonly nowMs: number }): JSX.Element => (
  <time dateTime={at} title={exactText(at)}>
    {relativeText(at, nowMs)}
  </time>
);

/** A status word: always the word, the colour beside it. */
export const Word = ({ children }: { readonly children: string }): JSX.Element => (
  <span class={`word word-${children.replaceAll(' ', '-')}`}>{children}</span>
);

export const Section = (props: {
  readonly id: string;
  readonly title: string;
  readonly note?: string;
  readonly children: ComponentChildren;
}): JSX.Element => (
  <section aria-labelledby={props.id}>
    <h2 id={props.id}>
      {props.title} {props.note === undefined ? null : <small>{props.note}</small>}
    </h2>
    {props.children}
  </section>
);

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => ComponentChildren;
}

/** A table that turns into cards on a narrow screen, where each cell names its column itself. */
export function Table<T>(props: {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
}): JSX.Element {
  return (
    <table aria-label={props.label}>
      <thead>
        <tr>
          {props.columns.map(({ title }) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {props.rows.map((row) => (
          <tr key={props.keyOf(row)}>
            {props.columns.map(({ title, cell }) => (
              <td key={title} data-label={title}>
                <div>{cell(row)}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Text in which `commands` stand between backticks. */
export const Prose = ({ text }: { readonly text: string }): JSX.Element => (
  <>{text.split('`').map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part))}</>
);
