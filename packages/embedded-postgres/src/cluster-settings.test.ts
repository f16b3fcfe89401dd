import { stat, writeFile } from 'node:fs/promises'

import t from 'tap'

import { newPassword, readSettings, settingsFile, writeSettings } from './cluster-settings.ts'

t.test('before the first start there are no settings', async (t) => {
  t.equal(await readSettings(t.testdir()), undefined)
})

t.test('settings are kept, readable by their owner alone', async (t) => {
  const folder = t.testdir()
  const settings = { port: 23_456, password: newPassword(), home: '/var/lib/portcullis/1' }
  await writeSettings(folder, settings)
  t.same(await readSettings(folder), settings)
  t.equal((await stat(settingsFile(folder))).mode & 0o777, 0o600)
})

const damaged = [
  '',
  '{',
  'null',
  '[]',
  '{"port": 1}',
  '{"port": 0, "password": "x"}',
  '{"port": 70000, "password": "x"}',
  '{"port": 1.5, "password": "x"}',
  '{"port": "1", "password": "x"}',
  '{"port": 1, "password": ""}',
  '{"port": 1, "password": "x", "home": 1}',
]

for (const text of damaged) {
  t.test(`damaged settings are refused with what to do: ${text}`, async (t) => {
    const folder = t.testdir()
    await writeFile(settingsFile(folder), text)
    await t.rejects(readSettings(folder), { message: /Repair it, or remove it/ })
  })
}
