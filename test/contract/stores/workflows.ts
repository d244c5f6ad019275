import type { Stores } from '../../../layers/core/ports/stores';
import type { WorkflowVersion } from '../../../layers/core/workflows/records';
import { AT } from './samples';

let used = 0;
const versionOf = (name: string, version: number): WorkflowVersion => ({
  ...{ name, version, importedBy: 'a person', importedAt: AT },
  document: { workflow: name, description: `of version ${version}`, stages: [{ name: 'fetch', builtin: 'fetch' }] },
});

/** Versions of workflows are written once. */
export const workflowsAreForGood = (stores: () => Stores): void => {
  const fresh = (): string => `flow-${(used += 1)}`;

  test('a version is added once and stays as it was', async () => {
    const name = fresh();
    const { add, get } = stores().workflows;
    await expect(add(versionOf(name, 1))).resolves.toBe('added');
    await expect(add({ ...versionOf(name, 1), importedBy: 'another' })).resolves.toBe('conflict');
    await expect(get(name, 1)).resolves.toEqual(versionOf(name, 1));
    await expect(get(name, 2)).resolves.toBeUndefined();
  });

  test('the newest is the one of the highest number, also beyond nine, and of this very name', async () => {
    const name = fresh();
    const { add, newest, list } = stores().workflows;
    for (const version of [9, 10, 2]) await add(versionOf(name, version));
    await add(versionOf(`${name}-more`, 11));
    await expect(newest(name)).resolves.toEqual(versionOf(name, 10));
    await expect(newest(`${name}-none`)).resolves.toBeUndefined();
    const mine = (await list()).filter((one) => one.name === name);
    expect(mine.map(({ version }) => version)).toEqual([2, 9, 10]);
  });

  test('of ten imports at once one has the number', async () => {
    const name = fresh();
    const answers = await Promise.all(Array.from({ length: 10 }, () => stores().workflows.add(versionOf(name, 1))));
    expect(answers.filter((answer) => answer === 'added')).toHaveLength(1);
  });
};
