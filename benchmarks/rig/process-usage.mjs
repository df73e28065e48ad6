import { readFileSync } from 'node:fs';

/** Ticks of /proc's CPU times per second; fixed at 100 on Linux, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100;

/**
 * @typedef {object} Usage
 * @property {number} cpuSeconds of all threads, user and system, since the process began
 * @property {number} rssBytes
 */

/**
 * Reads what a process has used. Linux only: elsewhere there is no /proc.
 * @param {number} pid
 * @returns {Usage | undefined}
 */
export function usageOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return { cpuSeconds: cpuSecondsIn(stat), rssBytes: rssBytesIn(readFileSync(`/proc/${pid}/status`, 'latin1')) };
  } catch {
    return undefined;
  }
}

/**
 * @param {string} stat text of /proc/<pid>/stat; the program's name, in parentheses, may hold anything
 */
export function cpuSecondsIn(stat) {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** @param {string} status text of /proc/<pid>/status */
export function rssBytesIn(status) {
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
