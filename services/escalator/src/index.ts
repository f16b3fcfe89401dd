export { runEscalator } from './run.ts'
