import { rm } from 'node:fs/promises'
import path from 'node:path'

import { makeTemporaryFolder } from '@portcullis/testkit'
import t from 'tap'

import { makeInstallation, removeLibraryLinks } from './fixtures/make-installation.ts'
import { startOwner } from './fixtures/start-owner.ts'

t.test('library links that the package manager did not make are made', async (t) => {
  const folder = await makeTemporaryFolder()
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const installation = path.join(folder, 'installation')
  await removeLibraryLinks(await makeInstallation(installation))
  const { said } = await startOwner(t, path.join(folder, 'data'), { installation })
  t.notOk('error' in said, JSON.stringify(said))
})
