import type { Product } from './start-product.ts'

/** Puts policies and objectives in force. Throws with the answer when they are refused. */
export async function putInForce(
  { port, token }: Product,
  documents: readonly object[],
): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/policies`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ documents }),
  })
  if (answer.status !== 200) {
    throw new Error(`POST /v1/policies was answered ${answer.status}: ${await answer.text()}`)
  }
}
