import { parentPort } from 'node:worker_threads'

import { allJudges } from '../judges/all-judges.ts'
import type { ReleaseKey } from '../release/law.ts'
import { watchRelease } from './watch-release.ts'

const judges = allJudges()

parentPort?.on('message', (key: ReleaseKey) => {
  parentPort?.postMessage(watchRelease(key, judges))
})
