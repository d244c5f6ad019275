/** The item with `set` over it, without what is named in `remove` or is undefined; that it is whole again is for the schema to say. */
export const merged = <T extends object>(item: T, set: Partial<T>, remove: readonly (keyof T)[] = []): T => {
  const entries = Object.entries({ ...item, ...set }).filter(([name, value]) => value !== undefined && !remove.includes(name as keyof T));
  return Object.fromEntries(entries) as T;
};
