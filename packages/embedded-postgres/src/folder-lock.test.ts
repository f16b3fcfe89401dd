import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

import t from 'tap'

import { lockFolder } from './folder-lock.ts'
import { processIdentity } from './process-identity.ts'

/** Puts the lock of another process into a folder. */
async function lockAs(folder: string, name: string): Promise<void> {
  await mkdir(path.join(folder, 'lock'), { recursive: true })
  await writeFile(path.join(folder, 'lock', name), '')
}

t.test('a folder is given back and can be taken again', async (t) => {
  const folder = t.testdir()
  const lock = await lockFolder(folder)
  await lock.release()
  t.same(await readdir(path.join(folder, 'lock')), [])
  await (await lockFolder(folder)).release()
})

t.test('a second taker in the same process is refused', async (t) => {
  const folder = t.testdir()
  const lock = await lockFolder(folder)
  await t.rejects(lockFolder(folder), { message: /in use by this very process/ })
  await lock.release()
})

t.test('a folder that a living process holds is refused, and the process is named', async (t) => {
  const folder = t.testdir()
  const holder = spawn('sleep', ['60'])
  t.teardown(() => holder.kill())
  await once(holder, 'spawn')
  await lockAs(folder, (await processIdentity(holder.pid ?? 0)) ?? '')
  await t.rejects(lockFolder(folder), {
    message: `The data in ${folder} is in use by process ${holder.pid} (sleep 60). Stop that first, or set PORTCULLIS_DATA to another folder.`,
  })
  t.equal((await readdir(path.join(folder, 'lock'))).length, 1, 'the refused one left nothing')
})

t.test('the lock of a process that is gone belongs to nobody', async (t) => {
  const folder = t.testdir()
  const holder = spawn('sleep', ['60'])
  await once(holder, 'spawn')
  await lockAs(folder, (await processIdentity(holder.pid ?? 0)) ?? '')
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  await (await lockFolder(folder)).release()
})

t.test('a process that got the pid of a dead holder is not mistaken for it', async (t) => {
  const folder = t.testdir()
  await lockAs(folder, `${process.ppid}-1-an-earlier-boot`)
  await lockAs(folder, 'no pid at all')
  const lock = await lockFolder(folder)
  t.same(await readdir(path.join(folder, 'lock')), [await processIdentity(process.pid)])
  await lock.release()
})

t.test('of many that come at once at most one gets the folder', async (t) => {
  const folder = t.testdir()
  const script = `
    import { lockFolder } from '${new URL('folder-lock.ts', import.meta.url).href}'
    await lockFolder('${folder}').then(() => console.log('taken'), () => console.log('refused'))
    process.stdin.resume()`
  const takers = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  )
  const answers = await Promise.all(
    takers.map(async (taker) => String((await once(taker.stdout, 'data'))[0]).trim()),
  )
  for (const taker of takers) taker.stdin.end()
  await Promise.all(takers.map((taker) => once(taker, 'exit')))
  t.ok(answers.filter((answer) => answer === 'taken').length <= 1, answers.join(' '))
  t.equal(answers.filter((answer) => answer === 'refused').length >= 5, true)
})
