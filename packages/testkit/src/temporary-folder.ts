import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** Makes an empty folder that servers running as another account can enter, too. */
export async function makeTemporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'portcullis-test-'))
  await chmod(folder, 0o711)
  return folder
}
