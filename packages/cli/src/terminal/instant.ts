/** Returns an instant as people compare it with their logs: `2026-11-23 10:00:00Z`. */
export function instantText(instantMs: number): string {
  return `${new Date(instantMs).toISOString().slice(0, 19).replace('T', ' ')}Z`
}
