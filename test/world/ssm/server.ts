import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { readBody } from '../stand-in';
import { Commands, SendCommand, SsmError } from './commands';
import { Conduct, Fault } from './conduct';
import { parseDocument, type Document } from './node';

export interface SsmOptions {
  readonly port?: number;
  /** The one node that is managed: this machine. */
  readonly node: string;
  /** Where everything but the two calls goes, documents included. */
  readonly emulator?: string;
  /** Documents by name, where there is no emulator. */
  readonly documents?: Readonly<Record<string, object>>;
}
export interface SsmStandIn {
  readonly url: string;
  /** Comments of the commands that were made, in order. */
  readonly sent: readonly string[];
  /** Their parameters, as anyone sees them who may read commands. */
  readonly parameters: readonly SendCommand['Parameters'][];
  fail(fault: z.input<typeof Fault>): void;
  clear(): void;
  /** Once no command runs any more. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

const LIMIT_BYTES = 1024 * 1024;
const Look = z.object({ CommandId: z.string(), InstanceId: z.string() });
const GetDocumentAnswer = z.object({ Content: z.string() });

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}

/** Headers that the next hop makes itself. */
const HOP = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'expect']);

/** Systems Manager's Run Command in front of an emulator that has none: the node is this machine. Until stopped. */
export async function startSsm({ port = 0, node, emulator, documents = {} }: SsmOptions): Promise<SsmStandIn> {
  const conduct = new Conduct();
  const commands = new Commands(node, conduct);
  const sent: string[] = [];
  const parameters: SendCommand['Parameters'][] = [];

  const pass = async (request: IncomingMessage, body: string, target: string): Promise<Response> => {
    if (emulator === undefined) throw new SsmError('InvalidAction', `no emulator stands behind this for ${target}`);
    const headers = Object.entries(request.headers).flatMap(([name, value]) => (HOP.has(name) ? [] : [[name, String(value)] as const]));
    return fetch(emulator + (request.url ?? '/'), {
      method: request.method ?? 'POST',
      headers: new Headers(headers.map((each) => [...each])),
      body,
    });
  };
  const documentOf = async (request: IncomingMessage, name: string): Promise<Document> => {
    const known = documents[name];
    if (known) return parseDocument(known);
    request.headers['x-amz-target'] = 'AmazonSSM.GetDocument';
    const found = await pass(request, JSON.stringify({ Name: name }), 'GetDocument');
    if (!found.ok) throw new SsmError('InvalidDocument', `document ${name} does not exist`);
    return parseDocument(GetDocumentAnswer.parse(await found.json()).Content);
  };
  const send = async (request: IncomingMessage, response: ServerResponse, body: string): Promise<void> => {
    const refused = conduct.meet('send');
    if (refused) throw new SsmError(refused, refused);
    const asked = SendCommand.safeParse(JSON.parse(body));
    if (!asked.success) throw new SsmError('ValidationException', z.prettifyError(asked.error));
    const command = commands.send(asked.data, await documentOf(request, asked.data.DocumentName));
    sent.push(command.comment);
    parameters.push(asked.data.Parameters);
    const lost = conduct.meet('sent');
    if (lost === 'reply-lost') {
      response.destroy();
      return;
    }
    if (lost === 'error-after') throw new SsmError('InternalServerError', 'after the command was made', 500);
    answer(response, 200, { Command: { CommandId: command.id, Status: 'Pending', InstanceIds: [command.node] } });
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request, LIMIT_BYTES);
    const target = String(request.headers['x-amz-target'] ?? '');
    if (request.url === '/_control/faults') {
      conduct.add(Fault.parse(JSON.parse(body)));
      answer(response, 200, {});
      return;
    }
    if (request.url === '/_control/sent') {
      answer(response, 200, sent);
      return;
    }
    if (target === 'AmazonSSM.SendCommand') return send(request, response, body);
    if (target === 'AmazonSSM.GetCommandInvocation') {
      const { CommandId, InstanceId } = Look.parse(JSON.parse(body));
      answer(response, 200, { CommandId, InstanceId, ...commands.look(CommandId).invocation });
      return;
    }
    const passed = await pass(request, body, target);
    response
      .writeHead(passed.status, { 'content-type': passed.headers.get('content-type') ?? 'application/json' })
      .end(await passed.text());
  };
  const failed = (response: ServerResponse, error: unknown): void => {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    answer(response, error instanceof SsmError ? error.status : 500, {
      __type: error instanceof SsmError ? name : 'InternalServerError',
      message,
    });
  };
  const server = createServer((request, response) => void serve(request, response).catch((error: unknown) => failed(response, error)));
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent,
    parameters,
    fail: (fault) => conduct.add(fault),
    clear: () => conduct.clear(),
    idle: () => commands.idle(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
