import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pageLambda } from '../../layers/runtime/page-lambda';
import { Env } from './env';
import { servePageHandler } from './handler';

/** Lies beside the bundle: infra/build/bundle-page.ts puts it there. */
export const handler = pageLambda(Env, () => servePageHandler(readFileSync(join(__dirname, 'page.html'), 'utf8')));
