/**
 * Does several things at a time and settles when all of them have ended. @param fail is told of each failure when it
 * happens, to end the others; the first in the order of `works` is thrown.
 */
export async function atOnce(works: readonly (() => Promise<void>)[], fail: (error: unknown) => void): Promise<void> {
  if (works.length === 1) return works[0]!();
  const watched = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      fail(error);
      throw error;
    }
  };
  const outcomes = await Promise.allSettled(works.map(watched));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
