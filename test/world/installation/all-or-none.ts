/**
 * All results, as `Promise.all`; where one fails, only once the others have ended too: what is still being started would else come up behind the
 * back of who cleans up.
 */
export async function allOrNone<T extends readonly unknown[] | []>(works: T): Promise<{ -readonly [Index in keyof T]: Awaited<T[Index]> }> {
  await Promise.allSettled(works);
  return Promise.all(works);
}
