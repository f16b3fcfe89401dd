export { buildGateway, type GatewayParts } from './app.ts'
export { composeGateway, type GatewayDeps } from './compose.ts'
export { runGateway, type RunGatewayParts } from './run.ts'
export type { Gateway } from './zod-routes.ts'
