import { z } from 'zod';
import { FaultRule, type FaultRuleInput, LoggedRequest, MadeDroplet, Settings } from './control-schema';

/** The control refused: its status, and its words as the message. */
export class DigitalOceanControlError extends Error {
  override readonly name = 'DigitalOceanControlError';
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Tells the stand-in what to do, from any process. All methods reject with DigitalOceanControlError when it refuses. */
export interface DigitalOceanControl {
  /** All droplets that were ever made, the oldest first: those that are not born yet and those that are gone too. */
  droplets(): Promise<readonly MadeDroplet[]>;
  droplet(id: number): Promise<MadeDroplet>;
  /** What its user data printed so far; 409 where it has no sandbox (yet, or any more). */
  output(id: number): Promise<string>;
  /** Ends all that runs on a droplet, behind the API's back: it stays `active` and listed, and its disk stays. */
  kill(id: number): Promise<MadeDroplet>;
  /** The droplets of `late-birth` that are not born yet are born now; answers with all. */
  bear(): Promise<readonly MadeDroplet[]>;
  /** Its sshd has another host key from now on. */
  replaceHostKey(id: number): Promise<MadeDroplet>;
  /** Makes the next matching requests fail; answers with all rules still to be used up. */
  inject(rule: FaultRuleInput): Promise<readonly FaultRule[]>;
  faults(): Promise<readonly FaultRule[]>;
  clearFaults(): Promise<void>;
  /** Every request for the API since the start or the last clearing, oldest first. */
  requests(): Promise<readonly LoggedRequest[]>;
  clearRequests(): Promise<void>;
  settings(): Promise<Settings>;
  set(settings: Partial<Settings>): Promise<Settings>;
  /** No droplet, no sandbox, no faults, empty log, the settings of the start. */
  reset(): Promise<void>;
}

async function call(url: string, method: string, what: string, body?: unknown): Promise<unknown> {
  const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await fetch(`${url}/_control/${what}`, { method, ...init });
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  const { message } = z.object({ message: z.string() }).parse(answer);
  throw new DigitalOceanControlError(response.status, message);
}

/** A client for the stand-in at `url`, for example `http://127.0.0.1:8091`. */
export function digitalOceanControl(url: string): DigitalOceanControl {
  return {
    droplets: async () => z.array(MadeDroplet).parse(await call(url, 'GET', 'droplets')),
    droplet: async (id) => MadeDroplet.parse(await call(url, 'GET', `droplets/${id}`)),
    output: async (id) => z.object({ output: z.string() }).parse(await call(url, 'GET', `droplets/${id}/output`)).output,
    kill: async (id) => MadeDroplet.parse(await call(url, 'POST', `droplets/${id}/kill`)),
    bear: async () => z.array(MadeDroplet).parse(await call(url, 'POST', 'droplets/bear')),
    replaceHostKey: async (id) => MadeDroplet.parse(await call(url, 'POST', `droplets/${id}/replace-host-key`)),
    inject: async (rule) => z.array(FaultRule).parse(await call(url, 'POST', 'faults', rule)),
    faults: async () => z.array(FaultRule).parse(await call(url, 'GET', 'faults')),
    clearFaults: async () => {
      await call(url, 'DELETE', 'faults');
    },
    requests: async () => z.array(LoggedRequest).parse(await call(url, 'GET', 'requests')),
    clearRequests: async () => {
      await call(url, 'DELETE', 'requests');
    },
    settings: async () => Settings.parse(await call(url, 'GET', 'settings')),
    set: async (settings) => Settings.parse(await call(url, 'PATCH', 'settings', settings)),
    reset: async () => {
      await call(url, 'POST', 'reset');
    },
  };
}
