import type { JSX } from 'preact';
import { Moment, Section, Table, Word, type Column } from './parts';
import type { Batch, Overview, Worker } from './schema';
import { bytesText, dollarsText, durationText, plural } from './words';

function Bar({ runCount, bytes, progress, batchId }: Batch): JSX.Element {
  if (!progress) return <span class="quiet">{`${plural(runCount, 'run')}, ${bytesText(bytes)}`}</span>;
  const { runsTotal, runsDone, runsFailed } = progress;
  return (
    <>
      <progress max={Math.max(1, runsTotal)} value={runsDone + runsFailed} aria-label={`Progress of ${batchId}`} />
      <span class="under">
        {`${runsDone} of ${plural(runsTotal, 'run')}`}
        {runsFailed === 0 ? null : <span class="bad">{`, ${runsFailed} failed`}</span>}
        {progress.bytes === undefined ? null : <span class="quiet">{`, ${bytesText(progress.bytes)} of ${bytesText(bytes)}`}</span>}
      </span>
    </>
  );
}

/** The estimate, and why it has not begun. */
const Takes = ({ estimate, waits }: Batch): JSX.Element => (
  <>
    {estimate === undefined ? null : `about ${durationText(estimate.seconds)}`}
    {estimate === undefined ? null : (
      <span class="quiet under">
        {estimate.learnedFrom === 0 ? 'assumed' : `learned from ${plural(estimate.learnedFrom, 'batch', 'batches')}`}
      </span>
    )}
    {waits === undefined ? null : <span class="under">{`waits: ${waits.text}`}</span>}
  </>
);

const BATCH_COLUMNS: readonly Column<Batch>[] = [
  { title: 'Batch', cell: ({ batchId }) => <span class="code">{batchId}</span> },
  { title: 'Status', cell: ({ status }) => <Word>{status}</Word> },
  { title: 'Attempt', cell: ({ attempt }) => (attempt === 0 ? 'none yet' : attempt) },
  { title: 'Progress', cell: Bar },
  { title: 'Takes', cell: Takes },
];

function Home({ home, nowMs }: { readonly home: Overview['home']; readonly nowMs: number }): JSX.Element | null {
  if (home === undefined) return null;
  const { freeBytes, totalBytes, measuredAt, keptFreeBytes, promisedBytes } = home;
  return (
    <p class="quiet">
      {`Home: ${bytesText(freeBytes)} of ${bytesText(totalBytes)} free, measured `}
      <Moment at={measuredAt} nowMs={nowMs} />
      {`; ${bytesText(keptFreeBytes)} stay free, ${bytesText(promisedBytes)} are promised to batches under way`}
    </p>
  );
}

interface BatchesProps {
  readonly overview: Overview;
  readonly nowMs: number;
}
export function Batches({ overview: { batches, openBatches, uncounted, home }, nowMs }: BatchesProps): JSX.Element {
  const total = Object.values(openBatches).reduce((sum, count) => sum + count, 0);
  const note = Object.entries(openBatches)
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${count}${uncounted.includes(status) ? '+' : ''} ${status}`)
    .join(', ');
  return (
    <Section id="batches" title="Open batches" note={note}>
      {total === 0 ? (
        <p class="quiet">No work is open.</p>
      ) : (
        <Table label="Open batches" columns={BATCH_COLUMNS} rows={batches} keyOf={({ batchId }) => batchId} />
      )}
      <Home home={home} nowMs={nowMs} />
      {total > batches.length ? <p class="quiet">{`and ${total - batches.length}${uncounted.length > 0 ? '+' : ''} more`}</p> : null}
    </Section>
  );
}

const Cost = ({ dollarsPerHour, dollarsSoFar = 0 }: Worker): JSX.Element =>
  dollarsPerHour === undefined ? <>none</> : <>{`${dollarsText(dollarsSoFar)} (${dollarsText(dollarsPerHour)} an hour)`}</>;

export function Workers({ overview, nowMs }: { readonly overview: Overview; readonly nowMs: number }): JSX.Element {
  const { workers } = overview;
  const askedMs = Date.parse(overview.at);
  const hourly = workers.reduce((sum, { dollarsPerHour = 0 }) => sum + dollarsPerHour, 0);
  const columns: readonly Column<Worker>[] = [
    { title: 'Worker', cell: ({ workerId }) => <span class="code">{workerId}</span> },
    { title: 'Provider', cell: ({ provider, site }) => (site === undefined ? provider : `${provider} ${site}`) },
    { title: 'Status', cell: ({ status }) => <Word>{status}</Word> },
    { title: 'Age', cell: ({ ageSeconds }) => durationText(ageSeconds + (nowMs - askedMs) / 1000) },
    { title: 'Deadline', cell: ({ deadline }) => <Moment at={deadline} nowMs={nowMs} /> },
    { title: 'Cost', cell: Cost },
  ];
  return (
    <Section id="workers" title="Workers" note={`${workers.length} alive${hourly === 0 ? '' : `, ${dollarsText(hourly)} an hour`}`}>
      {workers.length === 0 ? (
        <p class="quiet">None is alive.</p>
      ) : (
        <Table label="Workers" columns={columns} rows={workers} keyOf={({ workerId }) => workerId} />
      )}
    </Section>
  );
}
