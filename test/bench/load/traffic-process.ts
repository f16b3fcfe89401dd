// The traffic of applications, in a process of its own.
import { serveParent } from '../children/serve-parent.ts'
import { type Flow, type FlowOptions, type FlowProgress, startFlow } from '../traffic/flow.ts'
import { pour } from '../traffic/pour.ts'

let flow: Flow | undefined

async function beginFlow(options: FlowOptions): Promise<void> {
  if (flow !== undefined) throw new Error('There is a flow already.')
  flow = await startFlow(options)
}

function flowProgress(): FlowProgress {
  if (flow === undefined) throw new Error('There is no flow.')
  return flow.progress()
}

async function endFlow(): Promise<FlowProgress> {
  if (flow === undefined) throw new Error('There is no flow.')
  const ending = flow
  flow = undefined
  return ending.stop()
}

const methods = { pour, beginFlow, flowProgress, endFlow }
export type TrafficProcess = typeof methods

serveParent(methods)
