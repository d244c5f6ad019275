import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Installation } from '../../world/installation/installation';

type Account = Pick<Installation, 'digitalOceanUrl' | 'emulator'>;
export const tokenOf = ({ emulator }: Account): string => readFileSync(join(emulator.stateDir, '..', 'digitalocean', 'token'), 'utf8');

/** A droplet of this name with the installation's tags, made with its token and behind its back. */
export async function askedFor(account: Account, name: string): Promise<void> {
  const [installation = ''] = name.split('.');
  const tags = ['trawl', `trawl-${installation}`, `trawl-deadline-${new Date().toISOString().slice(0, 10)}`];
  const body = JSON.stringify({
    name,
    size: 's-1vcpu-1gb',
    image: 'ubuntu-24-04-x64',
    region: 'lon1',
    tags,
    user_data: '#!/bin/sh\ntrue\n',
  });
  const headers = { authorization: `Bearer ${tokenOf(account)}`, 'content-type': 'application/json' };
  const made = await fetch(`${account.digitalOceanUrl}/v2/droplets`, { method: 'POST', headers, body });
  if (made.status !== 202) throw new Error(`no droplet ${name}: ${made.status} ${await made.text()}`);
}
