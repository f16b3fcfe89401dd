/**
 * Yields what a source yields, and has it work on the next value while the caller looks at this one: a store reads while a
 * process reckons. A caller that stops early waits for what is on its way, and may use the source's connection at once then.
 */
export async function* oneAhead<Value>(
  source: AsyncGenerator<Value, void, undefined>,
): AsyncGenerator<Value, void, undefined> {
  let coming = source.next()
  try {
    for (;;) {
      const { done, value } = await coming
      if (done === true) return
      coming = source.next()
      coming.catch(() => {
        // Nobody may be waiting yet when it fails; whoever asks for it is told.
      })
      yield value
    }
  } finally {
    await source.return()
  }
}
