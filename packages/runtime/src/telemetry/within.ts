/** Resolves when something is done, or when it has taken `ms` milliseconds: then nobody waits for it any more. It must not reject. */
export async function within(
  ms: number,
  done: Promise<unknown>,
  after: (ms: number, run: () => void) => () => void,
): Promise<void> {
  let cancel = () => {};
  const late = new Promise<void>((resolve) => {
    cancel = after(ms, resolve);
  });
  await Promise.race([done, late]);
  cancel();
}
