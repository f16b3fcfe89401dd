import { runTogether } from '../run-together.ts'

await runTogether('contract-a-l')
