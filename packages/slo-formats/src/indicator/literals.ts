/** Characters that stand for themselves in a regular expression (RE2), and an escaped one that is no letter. */
const LITERAL = /^(?:[A-Za-z0-9_\-/:<>@~,%& ]|\\[^A-Za-z0-9]|\.\*)+$/u

/**
 * Returns the texts that an expression stands for, in which `*` is what `.*` was: `/a|/b/.*` gives `/a` and `/b/*`.
 * Undefined where it says more than that, or has a `*` of its own. Prometheus anchors its expressions at both ends.
 */
export function literalsOf(expression: string): string[] | undefined {
  const alternatives = withoutGroup(withoutAnchors(expression)).split('|')
  const texts = alternatives.map((one) => {
    if (!LITERAL.test(one) || /\\\*/u.test(one)) return undefined
    return one.replaceAll('.*', '*').replaceAll(/\\(.)/gu, '$1')
  })
  return texts.every((text) => text !== undefined) ? texts : undefined
}

/** `^` and `$` at the ends say what is so anyway. */
export function withoutAnchors(expression: string): string {
  return expression.replace(/^\^/u, '').replace(/(?<!\\)\$$/u, '')
}

/** A group around everything; one that holds another group is left, and not understood. */
function withoutGroup(expression: string): string {
  return /^\((?:\?:)?([^()]*)\)$/u.exec(expression)?.[1] ?? expression
}
