/** The part of a tap test that the kit needs: what is started for a test ends with it. */
export type TestScope = Readonly<{ teardown: (end: () => Promise<void>) => unknown }>
