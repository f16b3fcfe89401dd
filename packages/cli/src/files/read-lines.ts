import { open } from 'node:fs/promises'

import { EXIT } from '../exit.ts'
import { failure, reasonOf } from '../failure.ts'
import { splitLines } from './split-lines.ts'

/** Stands for standard input or output, as with many tools. */
export const STANDARD_STREAM = '-'

/** Yields the lines of a file, or of standard input where the name is `-`. */
export async function* readLines(
  file: string,
  stdin: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<string, void, undefined> {
  if (file === STANDARD_STREAM) {
    yield* splitLines(stdin)
    return
  }
  const handle = await open(file).catch((error: unknown) => {
    throw failure(EXIT.usage, `${file} cannot be read (${reasonOf(error)}).`, error)
  })
  yield* splitLines(handle.createReadStream())
}
