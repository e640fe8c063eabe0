// --device: where the network is computed.
import { type Device, probeDevice } from '../tensor/compile/index.ts'
import { say } from './terminal.ts'

/** The device that was asked for or, where that cannot be used, the processor, with a note that says why. */
export async function usableDevice(asked: Device): Promise<Device> {
  const problem = await probeDevice(asked)
  if (problem === undefined) return asked
  say(`note: --device ${asked} cannot be used here (${problem}); running on the cpu`)
  return 'cpu'
}
