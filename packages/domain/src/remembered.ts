/** Returns a function that answers as `answer` does, and asks it once for each key: for what is asked again and again. */
export function remembered<Asked, Value>(
  answer: (asked: Asked) => Value,
  keyOf: (asked: Asked) => unknown = (asked) => asked,
): (asked: Asked) => Value {
  const known = new Map<unknown, Value>()
  return (asked) => {
    const key = keyOf(asked)
    let value = known.get(key)
    if (value === undefined) known.set(key, (value = answer(asked)))
    return value
  }
}
