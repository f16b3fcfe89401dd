import { runTogether } from '../run-together.ts'

await runTogether('contract-m-z')
