/** It could not be done, and why. */
export class BridgeError extends Error {
  override readonly name = 'BridgeError'
}
