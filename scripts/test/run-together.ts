import path from 'node:path'

import t from 'tap'

import { filesOf, type GroupName } from './groups.ts'

/** A file may take so long on average; what hangs is told by the limits of its own tests. */
const FILE_MS = 60_000

/** Runs the test files of a group one after the other in this process. */
export async function runTogether(name: GroupName): Promise<void> {
  const files = filesOf(name)
  for (const file of files) {
    const before = t.counts.total
    await import(path.resolve(file))
    // In place of the file's own limit, which was set for it alone.
    t.setTimeout(files.length * FILE_MS)
    // In line behind the tests of the file: the next one is loaded when they are over.
    await t.test(`${file} has tests`, async (end) => {
      end.ok(t.counts.total > before)
    })
  }
}
