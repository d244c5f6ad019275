import type { JSX } from 'preact';
import { Section } from './parts';
import type { Money } from './schema';
import { dollarsText } from './words';

/** Spent and reserved beside what may be: the bar is full where nothing new can be paid for. */
function Spent(props: {
  readonly name: string;
  readonly dollars: number;
  readonly reserved: number;
  readonly budget: number | undefined;
}): JSX.Element {
  const { name, dollars, reserved, budget } = props;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {`${dollarsText(dollars)} ${budget === undefined ? '(no limit)' : `of ${dollarsText(budget)}`}`}
        {budget === undefined ? null : (
          <progress
            max={Math.max(budget, 0.01)}
            value={Math.min(dollars + reserved, budget)}
            aria-label={`${name}, with what is reserved`}
          />
        )}
      </dd>
    </div>
  );
}

/** What the workers that live may cost at most, what was spent in the day and the month, and the budget of both. */
export function MoneySection({ money }: { readonly money: Money }): JSX.Element {
  const { reservedDollars, dollarsSoFar, day, month, dayDollars, monthDollars, budget } = money;
  return (
    <Section id="money" title="Money" note={`days begin in ${budget.timeZone}`}>
      <dl class="figures">
        <div>
          <dt>At risk now</dt>
          <dd>
            {dollarsText(reservedDollars)}
            <span class="quiet under">{`${dollarsText(dollarsSoFar)} of it spent so far`}</span>
          </dd>
        </div>
        <Spent name={`Spent today (${day})`} dollars={dayDollars} reserved={reservedDollars} budget={budget.dollarsPerDay} />
        <Spent name={`Spent this month (${month})`} dollars={monthDollars} reserved={reservedDollars} budget={budget.dollarsPerMonth} />
      </dl>
    </Section>
  );
}
