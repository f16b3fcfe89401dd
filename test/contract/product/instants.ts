/** Epoch milliseconds before 1970, or after 9999-12-30. */
export const OUTSIDE_MS = [-1, 253_402_214_400_000, 9_000_000_000_000_000] as const

/** Instants before 1970, or after 9999-12-30. */
export const OUTSIDE = [
  '0000-01-01T00:00:00Z',
  '1969-12-31T23:59:59.999Z',
  '9999-12-30T23:59:59-01:00',
  ...OUTSIDE_MS,
] as const

/** Returns a place in a list as the gateway writes it. */
export function cursorOf(place: object): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}
