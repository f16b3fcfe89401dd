import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'

import { debianPackagesOf, type RequirementName } from './requirements.ts'

/** Asked by Debian's packages whether they may start their service; 101 means no. */
const POLICY_FILE = '/usr/sbin/policy-rc.d'
const POLICY = '#!/bin/sh\nexit 101\n'

/**
 * Installs programs where that is ours to do: as root on Debian, Ubuntu and their kin, unless it is
 * forbidden. Says first what it does. Returns whether it tried.
 */
export async function installMissingPrograms(
  missing: ReadonlySet<RequirementName>,
  { isAllowed }: { isAllowed: boolean },
): Promise<boolean> {
  const packages = debianPackagesOf(missing)
  if (packages.length === 0) return false
  if (!isAllowed || process.getuid?.() !== 0 || !(await isDebianLike())) return false
  console.log(
    `Installing ${packages.join(', ')} for the tests (PORTCULLIS_TEST_INSTALL=no forbids it).`,
  )
  const isPolicyOurs = await forbidServices()
  try {
    await aptGet(['update'])
    await aptGet(['install', '-y', '--no-install-recommends', ...packages])
  } finally {
    if (isPolicyOurs) await rm(POLICY_FILE, { force: true })
  }
  return true
}

/** Returns whether `ID` or `ID_LIKE` of os-release(5) names Debian, as Ubuntu's does. */
async function isDebianLike(): Promise<boolean> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '')
  return /^ID(_LIKE)?=.*\bdebian\b/m.test(text)
}

/** The tests start servers of their own: none is to run on its usual port. */
async function forbidServices(): Promise<boolean> {
  return writeFile(POLICY_FILE, POLICY, { mode: 0o755, flag: 'wx' }).then(
    () => true,
    // The machine has a policy already, and keeps it.
    () => false,
  )
}

/** Never throws: what could not be installed is missing afterwards, which is told then. */
async function aptGet(args: readonly string[]): Promise<void> {
  const child = spawn('apt-get', ['-q', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  await once(child, 'close').catch((error: Error) => console.log(error.message))
}
