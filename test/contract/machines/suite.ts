import type { MachineName, Machines } from '../../../layers/core/ports/outside';

/** Machines under test; `waiting` gives the token that the execution of this name waits with. */
export interface UnderTest {
  readonly machines: Machines;
  readonly waiting: (name: string) => Promise<string>;
  /** Waits until it runs no longer (and ends it, where nothing else does). */
  readonly ended: (machine: MachineName, name: string) => Promise<void>;
}

let used = 0;
const newName = (): string => `study-PRJEB1.1.${(used += 1)}`;
const MACHINE = 'process-batch';

/** What every implementation of the machines must do. */
export const machinesContract = (underTest: () => UnderTest): void => {
  test('an execution starts once by its name, whatever its input or end', async () => {
    const { machines, waiting, ended } = underTest();
    const name = newName();
    await expect(machines.start(MACHINE, name, { batchId: name })).resolves.toBe('started');
    await expect(machines.start(MACHINE, name, { batchId: 'other' })).resolves.toBe('already');
    await expect(machines.status(MACHINE, name)).resolves.toBe('RUNNING');
    await machines.answer(await waiting(name), { outcome: 'started' });
    await ended(MACHINE, name);
    await expect(machines.status(MACHINE, name)).resolves.toBe('SUCCEEDED');
    await expect(machines.start(MACHINE, name, { batchId: 'other' })).resolves.toBe('already');
  });

  test('a token is answered once; then it has expired', async () => {
    const { machines, waiting, ended } = underTest();
    const name = newName();
    await machines.start(MACHINE, name, {});
    const token = await waiting(name);
    await expect(machines.answer(token, { outcome: 'started' })).resolves.toBe('answered');
    await ended(MACHINE, name);
    await expect(machines.answer(token, { outcome: 'started' })).resolves.toBe('expired');
  });

  test('an execution that is stopped is ABORTED, and stopping it again is no error', async () => {
    const { machines, ended } = underTest();
    const name = newName();
    await machines.start('heartbeat', name, {});
    await machines.stop('heartbeat', name, 'asked by a person');
    await ended('heartbeat', name);
    await expect(machines.status('heartbeat', name)).resolves.toBe('ABORTED');
    await expect(machines.stop('heartbeat', name, 'asked again')).resolves.toBeUndefined();
  });

  test('executions that run are listed by name, each of its own machine, until they end', async () => {
    const { machines, ended } = underTest();
    const names = [newName(), newName()];
    for (const name of names) await machines.start('heartbeat', name, {});
    expect(await machines.running('heartbeat')).toEqual(expect.arrayContaining(names));
    expect(await machines.running(MACHINE)).not.toEqual(expect.arrayContaining([names[0]]));
    for (const name of names) await machines.stop('heartbeat', name, 'asked by a test');
    for (const name of names) await ended('heartbeat', name);
    expect((await machines.running('heartbeat')).filter((name) => names.includes(name))).toEqual([]);
  });

  test('an execution that never was has no status and can be stopped', async () => {
    const { machines } = underTest();
    await expect(machines.status(MACHINE, newName())).resolves.toBeUndefined();
    await expect(machines.stop(MACHINE, newName(), 'not there')).resolves.toBeUndefined();
  });
};
