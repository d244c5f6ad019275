/** Workers outlive a deployment: what they say in the words of the version before is taken too (contract 11). */
import { CALLBACK_VERSION } from '../wire';
import { jsonOf } from './json';

type Message = Readonly<Record<string, unknown>>;
/** By version: what a message of it is in the words of the next. Who raises `CALLBACK_VERSION` adds the one before it, and may take out those before that. */
export type Upgrades = Readonly<Record<number, (message: Message) => Message>>;
/** Version 1 is the first. */
export const UPGRADES: Upgrades = {};

const isMessage = (value: unknown): value is Message => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Of an unknown version, or no message at all: as it came, for the schema to judge. */
function inTodaysWords(message: unknown, upgrades: Upgrades): unknown {
  if (!isMessage(message)) return message;
  const { v } = message;
  const upgrade = typeof v === 'number' && v < CALLBACK_VERSION ? upgrades[v] : undefined;
  return upgrade === undefined ? message : inTodaysWords({ ...upgrade(message), v: Number(v) + 1 }, upgrades);
}

/** What a worker sent, in the words of today; undefined where it is no JSON. Signatures are over what was sent, and are judged on that. Pure. */
export const messageIn = (rawBody: Buffer, upgrades: Upgrades = UPGRADES): unknown => inTodaysWords(jsonOf(rawBody), upgrades);
