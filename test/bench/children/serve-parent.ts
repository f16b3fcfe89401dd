/** What a child process can be asked for, by name. Arguments and results travel as structured clones. */
export type Methods = Readonly<Record<string, (argument: never) => unknown>>

export interface Call {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}

export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string }

/**
 * Answers the process that started this one, and ends when that one is gone. The methods' type is
 * what `startChild` is given, so that both sides are checked against each other.
 */
export function serveParent(methods: Methods): void {
  const send = process.send?.bind(process)
  if (send === undefined) throw new Error('This file is started by a bench, not by hand.')
  process.on('disconnect', () => process.exit())
  process.on('message', (call: Call) => {
    answer(methods, call).then(
      (result) => send({ id: call.id, result } satisfies Reply),
      (error: unknown) => send({ id: call.id, error: textOf(error) } satisfies Reply),
    )
  })
}

async function answer(methods: Methods, { name, argument }: Call): Promise<unknown> {
  const method = methods[name]
  if (method === undefined) throw new Error(`There is no method ${name}.`)
  return method(argument as never)
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
