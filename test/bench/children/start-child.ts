import { fork } from 'node:child_process'
import { once } from 'node:events'

import type { Scope } from '../scope.ts'
import type { Call, Methods, Reply } from './serve-parent.ts'

type Argument<Method> = Method extends (argument: infer Given) => unknown ? Given : never
type Result<Method> = Method extends (argument: never) => infer Given ? Awaited<Given> : never

/** A process of the bench's own: a load, or a peer that is measured. */
export interface Child<Served extends Methods> {
  readonly pid: number
  /** Calls a method of the child and returns what it returns; throws what it throws, as text. */
  call<Name extends keyof Served & string>(
    name: Name,
    argument: Argument<Served[Name]>,
  ): Promise<Result<Served[Name]>>
  end(): Promise<void>
}

/** Starts a file that calls `serveParent`, and ends it with the scope. */
export function startChild<Served extends Methods>(scope: Scope, file: URL): Child<Served> {
  const child = fork(file, {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let calls = 0
  child.on('message', (reply: Reply) => {
    const one = waiting.get(reply.id)
    waiting.delete(reply.id)
    if ('error' in reply) one?.reject(new Error(`${file.pathname}: ${reply.error}`))
    else one?.resolve(reply.result)
  })
  const exited = once(child, 'exit')
  void exited.then(([code, signal]) => {
    for (const one of waiting.values()) {
      one.reject(new Error(`${file.pathname} ended (${String(signal ?? code)}).`))
    }
  })
  const end = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await exited
  }
  scope.teardown(end)
  return {
    pid: child.pid ?? 0,
    call: async (name, argument) => {
      const id = (calls += 1)
      const one = Promise.withResolvers<unknown>()
      waiting.set(id, one)
      child.send({ id, name, argument } satisfies Call)
      return (await one.promise) as Result<Served[typeof name]>
    },
    end,
  }
}
