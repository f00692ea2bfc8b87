/**
 * Locks that say who lives. A browser gives a lock back when its holder is gone, however it went:
 * who waits for another's lock learns of the end without asking again and again.
 */
export interface Locks {
  /** Resolves when the lock is held; it is, until the signal is given or the holder is gone. */
  hold(name: string, signal: AbortSignal): Promise<void>;
  /** Resolves when nobody holds the lock; rejects when the signal is given. */
  whenFree(name: string, signal: AbortSignal): Promise<void>;
}

/** The browser's locks. */
export const browserLocks: Locks = {
  hold: async (name, signal) =>
    new Promise((resolve, reject) => {
      const held = async (): Promise<void> => {
        resolve();
        return new Promise((release) => {
          signal.addEventListener(
            "abort",
            () => {
              release();
            },
            { once: true },
          );
        });
      };
      navigator.locks.request(name, held).catch(reject);
    }),
  whenFree: async (name, signal) => {
    await navigator.locks.request(name, { signal }, () => undefined);
  },
};
