import { TABLES } from '../../../layers/core/lifecycle/table';
import type { Entity } from '../../../layers/core/lifecycle/types';
import { watchOf } from '../../../layers/core/lifecycle/watch';

/** Where each begins. */
const FIRST: Readonly<Record<Entity, string>> = {
  batch: 'planned',
  worker: 'requested',
  job: 'requested',
  source: 'idle',
  operation: 'running',
};
const INTRO = `# States

Made from the code by \`npm run states\`: the pictures from the one table of transitions (\`layers/core/lifecycle/table.ts\`), the lists from
\`layers/core/lifecycle/watch.ts\`. In brackets the guards that must hold. What is not here does not happen: each change of status is a conditional
write along one of these lines. Every state that is not final has an owner, a deadline and a probe (I8).
`;

/** Mermaid takes no blank or hyphen in the name of a state. */
const idOf = (status: string): string => status.replace(/[ -]/g, '_');

interface Line {
  readonly from: string;
  readonly to: string;
  readonly words: readonly string[];
}
/** One line for all events between two states. */
function linesOf(entity: Entity): readonly Line[] {
  const lines = new Map<string, Line>();
  for (const { from, event, to, guards } of TABLES[entity]) {
    const words = guards.length === 0 ? event : `${event} [${guards.map(({ name }) => name).join(', ')}]`;
    const known = lines.get(`${from}>${to}`)?.words ?? [];
    lines.set(`${from}>${to}`, { from, to, words: [...known, words] });
  }
  return [...lines.values()];
}

function pictureOf(entity: Entity): string {
  const lines = linesOf(entity);
  const statuses = [...new Set(lines.flatMap(({ from, to }) => [from, to]))];
  const finals = statuses.filter((status) => !lines.some(({ from }) => from === status));
  return [
    '```mermaid',
    'stateDiagram-v2',
    ...statuses.filter((status) => idOf(status) !== status).map((status) => `  state "${status}" as ${idOf(status)}`),
    `  [*] --> ${idOf(FIRST[entity])}`,
    ...lines.map(({ from, to, words }) => `  ${idOf(from)} --> ${idOf(to)}: ${words.join(' / ')}`),
    ...finals.map((status) => `  ${idOf(status)} --> [*]`),
    '```',
  ].join('\n');
}

const code = (text: string): string => `\`${text}\``;
function listOf(entity: Entity): string {
  const rows = watchOf(entity).map(({ status, owner, deadline, then, probe }) => {
    const owners = (typeof owner === 'string' ? [owner] : owner).map((one) => (one === 'person' ? 'a person' : code(one))).join(', ');
    return `| ${status} | ${owners} | ${typeof deadline === 'string' ? code(deadline) : deadline.text} | ${then} | ${code(probe)} |`;
  });
  return ['| state | owner | deadline | when it has passed | probe |', '|---|---|---|---|---|', ...rows].join('\n');
}

/** The text of docs/states.md. */
export const statesPage = (): string =>
  [
    INTRO,
    ...(Object.keys(TABLES) as Entity[]).map(
      (entity) => `## ${entity.charAt(0).toUpperCase()}${entity.slice(1)}\n\n${pictureOf(entity)}\n\n${listOf(entity)}\n`,
    ),
  ].join('\n');
