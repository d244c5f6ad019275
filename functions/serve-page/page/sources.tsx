import type { JSX } from 'preact';
import { warningKind } from '../../../layers/core/warnings';
import { Moment, Section, Table, Word, type Column } from './parts';
import type { Source } from './schema';
import { plural } from './words';

/** What needs eyes stands on top. */
const ORDER = ['error', 'warning', 'in progress', 'new', 'ready', 'complete'];
const rank = ({ lastRunStatus }: Source): number => (ORDER.includes(lastRunStatus) ? ORDER.indexOf(lastRunStatus) : ORDER.length);

function Runs({ counts: { known, excluded, missing = 0, withdrawn, complete, failed } }: Source): JSX.Element {
  if (known === 0) return <span class="quiet">none known</span>;
  const aside = [
    [failed, 'failed'],
    [excluded, 'excluded'],
    [missing, 'missing'],
    [withdrawn, 'withdrawn'],
  ] as const;
  return (
    <>
      {complete} of {known - excluded - withdrawn} complete
      {aside.map(([count, word]) =>
        count === 0 ? null : <span key={word} class={word === 'failed' ? 'bad' : 'quiet'}>{`, ${count} ${word}`}</span>,
      )}
    </>
  );
}

const Name = ({ sourceId, name, generatedWarning }: Source): JSX.Element => (
  <>
    <strong>{name ?? sourceId}</strong>
    {name === undefined ? null : <span class="quiet under">{sourceId}</span>}
    {generatedWarning.map(({ code, detail }) => {
      const kind = warningKind(code);
      return (
        <span key={code} class={kind?.marks === false ? 'quiet under' : 'warned under'} title={kind?.text}>
          {code}: {detail}
        </span>
      );
    })}
  </>
);

function Next({ source, nowMs }: { readonly source: Source; readonly nowMs: number }): JSX.Element {
  if (source.paused) return <>paused</>;
  if (source.needsAttention) return <>waits for a person</>;
  return Date.parse(source.nextCheckAt) <= nowMs ? <>due</> : <Moment at={source.nextCheckAt} nowMs={nowMs} />;
}

export function Sources({ sources, nowMs }: { readonly sources: readonly Source[]; readonly nowMs: number }): JSX.Element {
  const columns: readonly Column<Source>[] = [
    { title: 'Source', cell: Name },
    { title: 'Status', cell: ({ lastRunStatus }) => <Word>{lastRunStatus}</Word> },
    { title: 'Now', cell: ({ phase }) => phase },
    { title: 'Runs', cell: Runs },
    {
      title: 'Checked',
      cell: ({ lastCheckedAt }) => (lastCheckedAt === undefined ? 'never' : <Moment at={lastCheckedAt} nowMs={nowMs} />),
    },
    { title: 'Next check', cell: (source) => <Next source={source} nowMs={nowMs} /> },
  ];
  const rows = [...sources].sort((a, b) => rank(a) - rank(b) || a.sourceId.localeCompare(b.sourceId));
  return (
    <Section id="sources" title="Sources" note={plural(sources.length, 'source')}>
      {rows.length === 0 ? (
        <p class="quiet">
          None is followed yet: <code>trawl add 562</code>
        </p>
      ) : (
        <Table label="Sources" columns={columns} rows={rows} keyOf={({ sourceId }) => sourceId} />
      )}
    </Section>
  );
}
