import type { JSX } from 'preact';
import { ATTENTION_REASONS, type AttentionReason } from '../../../layers/core/attention';
import { Moment, Prose, Section } from './parts';
import type { Hold, Overview, Source } from './schema';
import { dollarsText, plural } from './words';

const KNOWN: Readonly<Record<string, AttentionReason>> = ATTENTION_REASONS;
const nameOf = ({ sourceId, name }: Source): string => (name === undefined ? sourceId : `${name} (${sourceId})`);

const Runbook = ({ heading }: { readonly heading: string }): JSX.Element => (
  <p class="quiet">
    Runbook (docs/runbook.md): <strong>{heading}</strong>
  </p>
);

function AttentionCard({ source, nowMs }: { readonly source: Source; readonly nowMs: number }): JSX.Element | null {
  const raised = source.needsAttention;
  if (!raised) return null;
  const reason = KNOWN[raised.reason];
  return (
    <li class="card card-error">
      <h3>
        {nameOf(source)}: <span class="code">{raised.reason}</span>
      </h3>
      <p>{reason?.text}</p>
      <p class="detail">{raised.detail}</p>
      {reason && (
        <p>
          <Prose text={reason.remedy.replaceAll('<source>', source.sourceId)} />
        </p>
      )}
      <p class="quiet">
        Raised by {raised.step} <Moment at={raised.at} nowMs={nowMs} />
      </p>
      <Runbook heading={reason?.heading ?? `Attention: ${raised.reason}`} />
    </li>
  );
}

const ApprovalCard = ({ source }: { readonly source: Source }): JSX.Element => (
  <li class="card card-warning">
    <h3>{nameOf(source)}: its plan waits for approval</h3>
    <p class="detail">{source.approvalReason}</p>
    <p>
      <Prose text={`\`trawl show ${source.sourceId}\` shows the plan, \`trawl approve ${source.sourceId}\` lets it run.`} />
    </p>
    <Runbook heading="PlanBatches" />
  </li>
);

const HoldCard = ({ hold, nowMs }: { readonly hold: Hold; readonly nowMs: number }): JSX.Element => (
  <li class="card card-error">
    <h3>
      {hold.sourceId}: <span class="code">results-held</span>
    </h3>
    <p>
      The results of worker <span class="code">{hold.workerId}</span> could not be brought home.
    </p>
    <p class="detail">{hold.reason}</p>
    <p>
      It is kept at {hold.provider} with all it holds
      {hold.since === undefined ? '' : ' since '}
      {hold.since === undefined ? null : <Moment at={hold.since} nowMs={nowMs} />}.{' '}
      {hold.dollarsPerHour === undefined ? (
        'It has no price.'
      ) : (
        <strong>
          It costs {dollarsText(hold.dollarsPerHour)} an hour, {dollarsText(hold.dollarsSoFar ?? 0)} so far.
        </strong>
      )}
    </p>
    <p>
      <Prose text={`Mend the cause, then \`trawl clear ${hold.sourceId}\`: it is swept once more.`} />
    </p>
    <Runbook heading={ATTENTION_REASONS['results-held'].heading} />
  </li>
);

/** All that does not go on without a person; nothing when nothing waits. */
export function Attention({ overview, nowMs }: { readonly overview: Overview; readonly nowMs: number }): JSX.Element | null {
  // What a held worker's card says already is not said twice.
  const isHeld = ({ sourceId, needsAttention }: Source): boolean =>
    needsAttention?.reason === 'results-held' && overview.holds.some((hold) => hold.sourceId === sourceId);
  const raised = overview.sources.filter((source) => source.needsAttention !== undefined && !isHeld(source));
  const waiting = overview.sources.filter(({ approvalReason }) => approvalReason !== undefined);
  const count = raised.length + waiting.length + overview.holds.length;
  if (count === 0) return null;
  return (
    <Section id="attention" title="Needs a person" note={plural(count, 'thing')}>
      <ul class="cards">
        {overview.holds.map((hold) => (
          <HoldCard key={hold.workerId} hold={hold} nowMs={nowMs} />
        ))}
        {raised.map((source) => (
          <AttentionCard key={source.sourceId} source={source} nowMs={nowMs} />
        ))}
        {waiting.map((source) => (
          <ApprovalCard key={source.sourceId} source={source} />
        ))}
      </ul>
    </Section>
  );
}
