import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { z } from 'zod';
import { TrawlError } from '../core/errors';
import { settings } from './environment';

const Named = z.object({ AWS_LAMBDA_FUNCTION_NAME: z.string().default('trawl') });

/** Level from `LOG_LEVEL`. Given ids and words only: never an event, a token, a header or a key. */
const logger = new Logger({ serviceName: 'trawl' });
const metrics = new Metrics({ namespace: 'Trawl', serviceName: settings(Named).AWS_LAMBDA_FUNCTION_NAME });

/** The ids that a line of log is found by; everything else of an input stays out of the log. */
const IDS = ['sourceId', 'cycle', 'batchId', 'jobId', 'workerId', 'attempt'] as const;
type Ids = Partial<Record<(typeof IDS)[number], string | number>>;

export const idsOf = (input: unknown): Ids => {
  if (typeof input !== 'object' || input === null) return {};
  const entries = Object.entries(input).filter(
    ([name, value]) => IDS.some((id) => id === name) && (typeof value === 'string' || typeof value === 'number'),
  );
  return Object.fromEntries(entries);
};

/** An outcome that a function returned as data, if it has that form. */
const outcomeOf = (output: unknown): { readonly outcome?: string } => {
  const outcome = typeof output === 'object' && output !== null && 'outcome' in output ? output.outcome : undefined;
  return typeof outcome === 'string' ? { outcome } : {};
};

/** Issues of a failed parse say where and what, not which value. */
const failureOf = (error: unknown): Readonly<Record<string, unknown>> => {
  if (error instanceof z.ZodError) {
    return { errorName: 'ZodError', issues: error.issues.map(({ code, path, message }) => ({ code, at: path.join('.'), message })) };
  }
  if (!(error instanceof Error)) return { errorName: typeof error };
  const { name, message, stack } = error;
  return { errorName: name, errorMessage: message, stack, ...(error instanceof TrawlError ? { fault: error.fault } : {}) };
};

/** What a line says besides ids and outcome. */
interface Call {
  readonly requestId: string;
  readonly startedAtMs: number;
  readonly place?: string;
}
const callOf = ({ startedAtMs, ...call }: Call) => ({ ...call, milliseconds: Date.now() - startedAtMs });

export const logOutcome = (input: unknown, output: unknown, call: Call): void => {
  logger.info('done', { ...idsOf(input), ...outcomeOf(output), ...callOf(call) });
};

/** One line and one count of `Failed`: what the alarms look at besides Lambda's own errors, which an API's 500 is none of. */
export const logFailure = (input: unknown, error: unknown, call: Call): void => {
  logger.error('failed', { ...idsOf(input), ...failureOf(error), ...callOf(call) });
  metrics.addMetric('Failed', MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
};

export const logAnswer = (status: number, actor: string, ids: Readonly<Record<string, unknown>>, call: Call): void => {
  logger.info('answered', { ...ids, status, actor, ...callOf(call) });
};

/** Something went wrong that the call could do without. Given ids and words only. */
export const logWarning = (message: string): void => logger.warn(message);
