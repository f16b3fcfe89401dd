import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'

import t from 'tap'

import { logFileAt } from './log-file.ts'

t.test('a log goes on where it ended, and its folder is made', async (t) => {
  const file = path.join(t.testdir(), 'new', 'logs', 'log')
  const first = await logFileAt(file)
  first.write('one\n')
  const second = await logFileAt(file)
  second.write('two\n')
  t.equal(await readFile(file, 'utf8'), 'one\ntwo\n')
  t.equal((await stat(file)).mode & 0o777, 0o600, 'it is readable by its owner alone')
})

t.test(
  'a log that grows is put aside while it is written, and one older file is kept',
  async (t) => {
    const folder = t.testdir()
    const file = path.join(folder, 'log')
    await writeFile(file, 'of an earlier start\n')
    const log = await logFileAt(file, 40)
    for (let nth = 0; nth < 100; nth += 1) log.write(`line ${nth} in two words\n`)
    t.strictSame((await readdir(folder)).toSorted(), ['log', 'log.1'])
    t.equal(await readFile(file, 'utf8'), 'line 99 in two words\n')
    t.equal(await readFile(`${file}.1`, 'utf8'), 'line 98 in two words\n')
    t.equal((await stat(file)).mode & 0o777, 0o600)
  },
)

t.test('a line that is longer than the limit is written all the same', async (t) => {
  const file = path.join(t.testdir(), 'log')
  const log = await logFileAt(file, 10)
  log.write('a line beyond the limit\n')
  t.equal(await readFile(file, 'utf8'), 'a line beyond the limit\n')
})
