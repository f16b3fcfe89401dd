// What the types of the tests need after an install: tap's own class, built with its plugins.
import { ensureTapIsBuilt } from './test/ensure-tap-is-built.ts'

await ensureTapIsBuilt()
