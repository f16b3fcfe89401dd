/** What a bench has started: servers, processes, folders. Ended in reverse order, whatever happened. */
export interface Scope {
  teardown(end: () => Promise<void>): void
}

/** A scope that its owner ends. */
export interface OwnedScope extends Scope {
  /** Runs every ending, also after one has failed; then throws the first failure. */
  end(): Promise<void>
}

/** Returns an empty scope. */
export function createScope(): OwnedScope {
  const endings: (() => Promise<void>)[] = []
  return {
    teardown: (end) => void endings.push(end),
    end: async () => {
      const failures: unknown[] = []
      for (let end = endings.pop(); end !== undefined; end = endings.pop()) {
        await end().catch((error: unknown) => failures.push(error))
      }
      if (failures.length > 0) throw new AggregateError(failures, 'The bench did not end cleanly.')
    },
  }
}

/** Runs `work` with a scope of its own, and ends the scope whether it succeeds or not. */
export async function withScope<Result>(work: (scope: Scope) => Promise<Result>): Promise<Result> {
  const scope = createScope()
  try {
    return await work(scope)
  } finally {
    await scope.end()
  }
}
