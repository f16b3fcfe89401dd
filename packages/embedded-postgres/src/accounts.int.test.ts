// needs: root
// Starts as root and as an ordinary user, from open and closed folders. Method: an installation is
// copied, so that it can be closed or broken, and a process of its own starts from it.
import { chmod, chown, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'

import { makeTemporaryFolder, type TestScope } from '@portcullis/testkit'
import t from 'tap'

import { makeInstallation, removeLibraryLinks } from './fixtures/make-installation.ts'
import { startOwner } from './fixtures/start-owner.ts'
import { systemHomeOf } from './server-home.ts'

// Each test copies an installation, which takes long on a busy disk.
t.setTimeout(600_000)

/** `nobody` on every Linux. */
const ORDINARY = { uid: 65_534, gid: 65_534 }

async function makeFolder(t: TestScope): Promise<string> {
  const folder = await makeTemporaryFolder()
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

t.test('root starts a server that runs as an account of its own', async (t) => {
  const dataDir = path.join(await makeFolder(t), 'data')
  const { said } = await startOwner(t, dataDir)
  if ('error' in said) return t.fail(said.error)
  const { uid } = await stat(`/proc/${said.pid}`)
  t.not(uid, 0)
  t.equal((await stat(said.clusterFolder)).uid, uid)
})

t.test('an ordinary user starts, stops and starts again', async (t) => {
  const folder = await makeFolder(t)
  const installation = path.join(folder, 'installation')
  await makeInstallation(installation)
  const dataDir = path.join(folder, 'data')
  await chown(folder, ORDINARY.uid, ORDINARY.gid)
  for (const _ of ['first', 'second']) {
    const { said, end } = await startOwner(t, dataDir, { ...ORDINARY, installation })
    if ('error' in said) return t.fail(said.error)
    t.equal((await stat(`/proc/${said.pid}`)).uid, ORDINARY.uid)
    await end('stop')
  }
  t.equal((await stat(dataDir)).mode & 0o777, 0o700, 'the data is open to nobody else')
})

t.test("root goes on with an ordinary user's data as that user", async (t) => {
  const folder = await makeFolder(t)
  const installation = path.join(folder, 'installation')
  await makeInstallation(installation)
  const dataDir = path.join(folder, 'data')
  await chown(folder, ORDINARY.uid, ORDINARY.gid)
  const first = await startOwner(t, dataDir, { ...ORDINARY, installation })
  await first.end('stop')
  const { said } = await startOwner(t, dataDir)
  if ('error' in said) return t.fail(said.error)
  t.equal((await stat(`/proc/${said.pid}`)).uid, ORDINARY.uid)
})

t.test("an ordinary user is refused on root's data in a sentence", async (t) => {
  const folder = await makeFolder(t)
  const installation = path.join(folder, 'installation')
  await makeInstallation(installation)
  const dataDir = path.join(folder, 'data')
  const first = await startOwner(t, dataDir)
  await first.end('stop')
  const { said } = await startOwner(t, dataDir, { ...ORDINARY, installation })
  t.match(said, { error: /can't be written by this account/ })
})

t.test('root starts from a home folder that is closed to others', async (t) => {
  const folder = await makeFolder(t)
  const home = path.join(folder, 'home')
  const installation = path.join(home, 'portcullis')
  await makeInstallation(installation)
  await chmod(home, 0o700)
  const dataDir = path.join(installation, 'data')
  const systemHome = systemHomeOf(dataDir)
  t.teardown(() => rm(systemHome, { recursive: true, force: true }))
  const first = await startOwner(t, dataDir, { installation })
  if ('error' in first.said) return t.fail(first.said.error)
  t.equal(first.said.clusterFolder, path.join(systemHome, 'postgres'))
  t.match(first.said.lines.join('\n'), /The database is kept in \/var\/lib\/portcullis/)
  await first.end('stop')
  t.equal((await stat(home)).mode & 0o777, 0o700, 'the home folder stays closed')
  // Found again although the folder could be entered now.
  await chmod(home, 0o755)
  const second = await startOwner(t, dataDir, { installation })
  if ('error' in second.said) return t.fail(second.said.error)
  t.equal(second.said.connectionString, first.said.connectionString)
  t.equal(second.said.clusterFolder, first.said.clusterFolder)
  t.notMatch(second.said.lines.join('\n'), /earlier starts/, 'the data folder knows this database')
  await second.end('stop')
  await chmod(home, 0o700)
  await rm(dataDir, { recursive: true })
  const third = await startOwner(t, dataDir, { installation })
  if ('error' in third.said) return t.fail(third.said.error)
  t.equal(third.said.clusterFolder, first.said.clusterFolder)
  t.match(third.said.lines.join('\n'), /holds the data of earlier starts/, 'which is said')
})

t.test('binaries in a closed folder are copied to the data, once', async (t) => {
  const folder = await makeFolder(t)
  const installation = path.join(folder, 'closed', 'installation')
  await makeInstallation(installation)
  await chmod(path.join(folder, 'closed'), 0o700)
  const dataDir = path.join(folder, 'data')
  const copies = async (): Promise<string[]> =>
    (await readdir(dataDir)).filter((name) => name.startsWith('postgres-binaries'))
  const first = await startOwner(t, dataDir, { installation })
  if ('error' in first.said) return t.fail(first.said.error)
  t.equal(first.said.clusterFolder, path.join(dataDir, 'postgres'))
  const made = await copies()
  t.equal(made.length, 1)
  await first.end('stop')
  const second = await startOwner(t, dataDir, { installation })
  t.notOk('error' in second.said)
  t.same(await copies(), made)
})

t.test('links that can not be made in the installation are made in a copy', async (t) => {
  const folder = await makeFolder(t)
  const installation = path.join(folder, 'installation')
  await removeLibraryLinks(await makeInstallation(installation))
  await chown(folder, ORDINARY.uid, ORDINARY.gid)
  const dataDir = path.join(folder, 'data')
  const { said } = await startOwner(t, dataDir, { ...ORDINARY, installation })
  t.notOk('error' in said, JSON.stringify(said))
  t.ok((await readdir(dataDir)).some((name) => name.startsWith('postgres-binaries')))
})
