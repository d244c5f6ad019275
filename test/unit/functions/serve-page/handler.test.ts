import { createHash } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { z } from 'zod';
import { servePageHandler } from '../../../../functions/serve-page/handler';
import { pageLambda } from '../../../../layers/runtime/page-lambda';
import { captureLog } from '../../runtime/log';

const log = captureLog();
const digest = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const policyOf = async (html: string): Promise<string> => (await servePageHandler(html)()).headers['content-security-policy'] ?? '';

test('the page is answered as it is, and only its own script and style are let run', async () => {
  const html = '<style>a{}</style><main></main><script>let a;\n</script>';
  expect((await servePageHandler(html)()).body).toBe(html);
  const policy = await policyOf(html);
  expect(policy).toContain(`script-src ${digest('let a;\n')};`);
  expect(policy).toContain(`style-src ${digest('a{}')};`);
  expect(policy).not.toContain('unsafe');
});
test('a page without script lets none run', async () => {
  expect(await policyOf('<p>')).toContain("script-src 'none'; style-src 'none'");
});
test('a request is one line of log without anything that it carried', async () => {
  const handler = pageLambda(z.object({}), () => servePageHandler('<p>'));
  await handler({ path: '/', headers: { cookie: 'secret' } }, { awsRequestId: 'r1' } as Context);
  const lines = log();
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ place: 'GET /', status: 200, requestId: 'r1' });
  expect(lines[0]).not.toContain('secret');
});
