import { stat } from 'node:fs/promises'

import { run } from './run.ts'

/** An unprivileged account that the server runs as. */
export type ServerUser = Readonly<{ name: string; uid: number; gid: number }>

const OWN_NAME = 'portcullis'

/** Accounts to fall back on where none can be made, on a read-only /etc for instance. */
const FALLBACK_NAMES = ['postgres', 'nobody']

const LOOKUP_TIMEOUT_MS = 10_000

/**
 * Returns the account that the server runs as, or undefined where this process is not root and the
 * server simply runs as its user. `clusterFolders` are the places where its cluster may be.
 *
 * Postgres refuses to run as root. So root looks, in this order, for: the owner of a cluster that
 * is there, `portcullis`, a fresh account of that name, `postgres`, `nobody`. A name in the
 * account database is necessary: initdb asks for it.
 *
 * Throws a sentence when there is no such account.
 */
export async function serverUserFor(
  clusterFolders: readonly string[],
): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const user =
    (await firstFound(clusterFolders, ownerOf)) ??
    (await accountNamed(OWN_NAME)) ??
    (await makeAccount()) ??
    (await firstFound(FALLBACK_NAMES, accountNamed))
  if (user !== undefined) return user
  throw new Error(
    'Postgres does not run as root, and there is no account for it to run as: make one with ' +
      `\`useradd --system --user-group ${OWN_NAME}\`, or start Portcullis as an ordinary user.`,
  )
}

async function ownerOf(folder: string): Promise<ServerUser | undefined> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (found === undefined || found.uid === 0) return undefined
  const { code, stdout } = await run('id', ['-un', String(found.uid)], {
    timeoutMs: LOOKUP_TIMEOUT_MS,
  })
  // The server itself, unlike initdb, does without a name.
  const name = code === 0 ? stdout.trim() : String(found.uid)
  return { name, uid: found.uid, gid: found.gid }
}

async function accountNamed(name: string): Promise<ServerUser | undefined> {
  const [uid, gid] = await Promise.all([idOf('-u', name), idOf('-g', name)])
  // An account of that name which is root by another name would be refused by Postgres.
  if (uid === undefined || gid === undefined || uid === 0) return undefined
  return { name, uid, gid }
}

async function idOf(flag: '-u' | '-g', name: string): Promise<number | undefined> {
  const { code, stdout } = await run('id', [flag, name], { timeoutMs: LOOKUP_TIMEOUT_MS })
  return code === 0 ? Number.parseInt(stdout, 10) : undefined
}

async function makeAccount(): Promise<ServerUser | undefined> {
  const home = ['--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin']
  await run('useradd', ['--system', '--user-group', ...home, OWN_NAME], {
    timeoutMs: LOOKUP_TIMEOUT_MS,
  })
  // Looked up whatever useradd said: another start may have made the account at the same moment.
  return accountNamed(OWN_NAME)
}

async function firstFound(
  candidates: readonly string[],
  find: (candidate: string) => Promise<ServerUser | undefined>,
): Promise<ServerUser | undefined> {
  for (const candidate of candidates) {
    const user = await find(candidate)
    if (user !== undefined) return user
  }
  return undefined
}
