import { type AccessDirectory, type Fault, isFault, type Principal } from '@sallyport/core';

/** Who was found at the door, with all groups; at once where that is known at once. */
export function asMember(
  found: Principal | Fault | Promise<Principal | Fault>,
  directory: Pick<AccessDirectory, 'member'>,
): Principal | Fault | Promise<Principal | Fault> {
  if (found instanceof Promise) return found.then((who) => asMember(who, directory));
  return isFault(found) ? found : directory.member(found);
}
