import type { ArgumentSpec, Command, OptionSpec } from './command.ts'

const FOOT = `Settings come from environment variables (\`portcullis config\` shows them). Beside a running
\`npm start\` the database, the gateway and the token are found in .portcullis/env.

Exit codes: 0 yes or done, 1 no, 2 wrong call or settings, 3 undecided, 4 out of reach.`

/** Returns what `portcullis --help` says, or `portcullis keys --help` of the commands that begin so. */
export function helpOfAll(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => callOf(command).length))
  const lines = commands.map((command) => `  ${callOf(command).padEnd(width)}  ${command.summary}`)
  return ['Usage: portcullis COMMAND [options]', '', ...lines, '', FOOT].join('\n')
}

/** Returns what `portcullis COMMAND --help` says. */
export function helpOf(command: Command): string {
  const described = [
    ...command.arguments.map((argument) => [argument.name, argument.description] as const),
    ...Object.entries(command.options).map(
      ([name, spec]) => [optionText(name, spec), spec.description] as const,
    ),
  ]
  const width = Math.max(0, ...described.map(([left]) => left.length))
  const usage = [`Usage: portcullis ${callOf(command)}`, optionsText(command)].join('')
  return [
    usage,
    '',
    sentence(command.summary),
    ...(command.details === undefined ? [] : ['', command.details]),
    ...(described.length === 0 ? [] : ['']),
    ...described.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
    ...(command.examples.length === 0 ? [] : ['', 'Examples:']),
    ...command.examples.map((example) => `  portcullis ${command.name} ${example}`.trimEnd()),
  ].join('\n')
}

function callOf(command: Command): string {
  return [command.name, ...command.arguments.map(argumentText)].join(' ')
}

function argumentText({ name, optional, many }: ArgumentSpec): string {
  const text = many === true ? `${name}...` : name
  return optional === true ? `[${text}]` : text
}

function optionsText(command: Command): string {
  return Object.keys(command.options).length === 0 ? '' : ' [options]'
}

function optionText(name: string, spec: OptionSpec): string {
  return spec.type === 'boolean' ? `--${name}` : `--${name} ${spec.value}`
}

function sentence(summary: string): string {
  return summary.endsWith('?') ? capital(summary) : `${capital(summary)}.`
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
