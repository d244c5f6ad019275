import type { JSX } from 'preact';
import { Attention } from './attention';
import { MoneySection } from './money';
import type { Overview } from './schema';
import { Sources } from './sources';
import { useNow, useOverview, type Watched } from './use-overview';
import { Batches, Workers } from './work';
import { durationText } from './words';

/** Three questions missed: what stands here may be old, whatever the reason. */
const STALE_SECONDS = 16;

/** When it last heard; loud when that is long ago or the newest question failed. */
function Heard({ watched: { seen, trouble }, nowMs }: { readonly watched: Watched; readonly nowMs: number }): JSX.Element {
  if (!seen) return <p role="status">{trouble === undefined ? 'Asking …' : `Not heard yet: ${trouble}. Trying again.`}</p>;
  const seconds = Math.max(0, (nowMs - seen.heardAtMs) / 1000);
  const heardAt = new Date(seen.heardAtMs).toISOString();
  const isStale = trouble !== undefined || seconds > STALE_SECONDS;
  return (
    <p role="status" class={isStale ? 'stale' : 'quiet'} title={`Last heard ${heardAt}`}>
      {isStale ? (
        <>
          <strong>Stale:</strong> not heard for {durationText(seconds)}
          {trouble === undefined ? '' : `, ${trouble}`}. Trying again.
        </>
      ) : (
        `Heard ${seconds < 2 ? 'just now' : `${durationText(seconds)} ago`}`
      )}
    </p>
  );
}

export function Board(props: {
  readonly token: string;
  readonly first: Overview | undefined;
  readonly onLeave: (why?: string) => void;
}): JSX.Element {
  const watched = useOverview(props.token, props.first, props.onLeave);
  const nowMs = useNow();
  const overview = watched.seen?.overview;
  // The installation's clock: a browser whose clock is wrong shows right ages.
  const thereMs = watched.seen ? Date.parse(watched.seen.overview.at) + Math.max(0, nowMs - watched.seen.heardAtMs) : nowMs;
  return (
    <>
      <header>
        <h1>Trawl {overview ? <small>{overview.installation}</small> : null}</h1>
        <Heard watched={watched} nowMs={nowMs} />
        <button type="button" onClick={() => props.onLeave()}>
          Sign out
        </button>
      </header>
      {overview ? (
        <>
          <Attention overview={overview} nowMs={thereMs} />
          <Sources sources={overview.sources} nowMs={thereMs} />
          <Batches overview={overview} nowMs={thereMs} />
          <Workers overview={overview} nowMs={thereMs} />
          <MoneySection money={overview.money} />
        </>
      ) : null}
    </>
  );
}
