export { runNotifier } from './run.ts'
