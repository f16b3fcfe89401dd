/** What tap counted: assertions of all files, not test files. */
export type TapResult = Readonly<{ passed: number; failed: number; skipped: number }>

/** The end of a file's subtest at the outermost level: `ok 3 - path/x.test.ts # time=12ms`. */
const FILE_END = /^(ok|not ok) \d+ - (.*?)(?: # (.*))?$/

/** Tap's own count, a comment at the outermost level: `# { total: 5, pass: 4, fail: 1 }`. */
const COUNTS = /^# \{ total: \d+.*\}$/

/**
 * Reads the TAP of a run as tap's runner writes it, and shows a line for each file as it ends,
 * after everything that a failed one said.
 *
 * Files that run at the same time do not mix: the runner keeps each file's lines together. They are
 * indented, so that nothing a test prints is taken for a result of the run.
 */
export async function readTap(
  lines: AsyncIterable<string> | Iterable<string>,
  show: (text: string) => void,
): Promise<TapResult> {
  let result: TapResult = { passed: 0, failed: 0, skipped: 0 }
  let ofFile: string[] = []
  for await (const line of lines) {
    const [, outcome, file, remark] = FILE_END.exec(line) ?? []
    if (COUNTS.test(line)) {
      result = { passed: count(line, 'pass'), failed: count(line, 'fail'), skipped: left(line) }
    } else if (outcome === undefined) {
      ofFile.push(line)
    } else {
      if (outcome === 'not ok') show(ofFile.join('\n'))
      show(`${outcome.padEnd(6)} ${file}${remark === undefined ? '' : ` (${remark})`}`)
      ofFile = []
    }
  }
  // The diagnostics of a failed last file, and tap's own last words where it broke down.
  const rest = ofFile.filter((line) => line.trim() !== '' && !line.startsWith('#'))
  if (result.failed > 0 && rest.length > 0) show(rest.join('\n'))
  return result
}

/** Tests that are skipped, or expected to fail, neither pass nor fail. */
function left(line: string): number {
  return count(line, 'skip') + count(line, 'todo')
}

function count(line: string, name: 'pass' | 'fail' | 'skip' | 'todo'): number {
  return Number(new RegExp(`\\b${name}: (\\d+)`).exec(line)?.[1] ?? 0)
}
