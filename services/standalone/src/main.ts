import { standalone } from './standalone.ts'

try {
  await standalone()
} catch (error) {
  // A sentence for whoever typed `npm start`; the stack is of no use to them.
  process.stderr.write(
    `\nPortcullis did not start. ${error instanceof Error ? error.message : String(error)}\n\n`,
  )
  process.exit(1)
}
