import { spawn } from 'node:child_process'

/** Waits for the end of its input, which comes when its parent closes it or dies of anything. */
const SCRIPT = 'cat >/dev/null; kill -9 "$1" 2>/dev/null; rm -rf "$2"'

/**
 * Sees to it that a server of a test does not outlive it: when this process dies, even of SIGKILL,
 * the process `pid` is killed and `folder` is removed. Returns a function that calls it off.
 */
export function reapAfterDeath(pid: number, folder: string): () => void {
  const reaper = spawn('sh', ['-c', SCRIPT, 'reap-after-death', String(pid), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  reaper.unref()
  return () => void reaper.kill('SIGKILL')
}
