/** What Node keeps compiled code in: it only makes starts faster, so it is passed on where it is set. */
const COMPILE_CACHE = 'NODE_COMPILE_CACHE'

/**
 * Returns the arguments with which `env` runs a command that sees these variables and no others, because
 * tap instruments the Node processes that a test spawns.
 */
export function inCleanEnvironment(
  variables: Readonly<Record<string, string>>,
  command: readonly string[],
): string[] {
  const cache = process.env[COMPILE_CACHE]
  const all = cache === undefined ? variables : { [COMPILE_CACHE]: cache, ...variables }
  const assignments = Object.entries(all).map(([name, value]) => `${name}=${value}`)
  return ['-i', ...assignments, ...command]
}
