export { type CliCall, runCli } from './run-cli.ts'
