export { runAggregator } from './run.ts'
