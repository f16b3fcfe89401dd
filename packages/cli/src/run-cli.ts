import type { Clock } from '@portcullis/runtime'

import { type CommandEntry, COMMANDS, loadCommands } from './command-table.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { exitOf, reasonOf } from './failure.ts'
import { helpOf, helpOfAll } from './help.ts'
import { type Environment, findInstallation } from './installation.ts'
import { type Pace, systemPace } from './pace.ts'
import type { BeforeEnd } from './terminal/before-end.ts'
import { printable } from './terminal/printable.ts'
import { createTerminal, type Output, type Terminal } from './terminal/terminal.ts'
import { VERSION } from './version.ts'

/** What a call of `portcullis` is made of. */
export interface CliCall {
  /** The arguments after `portcullis`. */
  readonly argv: readonly string[]
  readonly env: Environment
  readonly stdin: AsyncIterable<Uint8Array | string>
  readonly stdout: Output
  readonly stderr: Output
  readonly clock: Clock
  /** By default the machine's. */
  readonly pace?: Pace
  /** By default nobody ends the call before it is done. */
  readonly beforeEnd?: BeforeEnd
}

/**
 * Runs one command and returns how the process is to end. What fails is said in a sentence on
 * standard error; only a bug is thrown.
 */
export async function runCli(call: CliCall): Promise<ExitCode> {
  const { argv, env, clock, stdin, pace = systemPace, beforeEnd = () => () => {} } = call
  const terminal = createTerminal(call)
  const called = longestMatch(argv)
  if (called === undefined) return withoutCommand(argv, terminal)
  const rest = argv.slice(called.name.split(' ').length)
  const command = await called.load()
  if (asksForHelp(rest)) {
    terminal.line(helpOf(command))
    return EXIT.ok
  }
  try {
    const installation = findInstallation(env)
    return await command.run({ installation, clock, pace, beforeEnd, terminal, stdin }, rest)
  } catch (error) {
    const exit = exitOf(error)
    if (exit === undefined) throw error
    terminal.note(`portcullis: ${reasonOf(error)}`)
    return exit
  }
}

/** `queues retry` before `queues`. */
function longestMatch(argv: readonly string[]): CommandEntry | undefined {
  return COMMANDS.filter(({ name }) => name.split(' ').every((word, at) => argv[at] === word))
    .toSorted((one, other) => one.name.length - other.name.length)
    .at(-1)
}

async function withoutCommand(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [word = '', second = ''] = argv
  if (word === '--version') {
    terminal.line(VERSION)
    return EXIT.ok
  }
  const named = COMMANDS.filter(({ name }) => name.startsWith(`${word} `))
  const help = async () => helpOfAll(await loadCommands(named.length > 0 ? named : COMMANDS))
  if (asksForHelp(argv)) {
    terminal.line(await help())
    return EXIT.ok
  }
  const isUnknown = named.length > 0 ? /^[^-]/u.test(second) : word !== ''
  const call = printable(named.length > 0 ? `${word} ${second}` : word)
  terminal.note(
    isUnknown
      ? `portcullis: there is no command "${call}". See \`portcullis --help\`.`
      : await help(),
  )
  return EXIT.usage
}

/** Everything after `--` is an argument, whatever it looks like. */
function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return argv
    .slice(0, end === -1 ? undefined : end)
    .some((each) => each === '--help' || each === '-h')
}
