// The safetensors format: 8 bytes of header length (little-endian), a JSON header, then the tensors' bytes.
// https://huggingface.co/docs/safetensors
export interface NamedTensor {
  shape: readonly number[]
  data: Float32Array
}

export interface SafetensorsFile {
  tensors: Record<string, NamedTensor>
  metadata: Record<string, string>
}

interface HeaderEntry {
  dtype: string
  shape: number[]
  data_offsets: [number, number]
}

const METADATA_KEY = '__metadata__'

/** The file's bytes; every tensor is float32. */
export function encodeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array {
  const header: Record<string, HeaderEntry | Record<string, string>> = { [METADATA_KEY]: metadata }
  let offset = 0
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype: 'F32', shape: [...shape], data_offsets: [offset, offset + data.byteLength] }
    offset += data.byteLength
  }
  const text = JSON.stringify(header)
  // Spaces after the JSON keep the numbers aligned to 8 bytes.
  const json = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8))
  const bytes = new Uint8Array(8 + json.length + offset)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  let at = 8 + json.length
  for (const { data } of Object.values(tensors)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return bytes
}

/** Throws an Error that says what is wrong when the bytes are cut short, damaged, or hold another type than float32. */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { header, start } = readHeader(bytes)
  const { [METADATA_KEY]: metadata, ...entries } = header
  const tensors: SafetensorsFile['tensors'] = {}
  for (const [name, entry] of Object.entries(entries) as [string, HeaderEntry][]) {
    const [begin, end] = entry.data_offsets ?? []
    const size = (entry.shape ?? []).reduce((a, b) => a * b, 1)
    if (entry.dtype !== 'F32') throw new Error(`tensor "${name}": expected F32, got ${entry.dtype}`)
    if (begin === undefined || end === undefined || end - begin !== 4 * size) {
      throw new Error(`tensor "${name}": ${(end ?? 0) - (begin ?? 0)} bytes do not hold shape [${entry.shape}]`)
    }
    if (start + end > bytes.length) {
      throw new Error(
        `tensor "${name}" ends at byte ${start + end}, but the file has ${bytes.length}: it was cut short`,
      )
    }
    // A copy: the bytes need not be aligned to 4.
    tensors[name] = { shape: entry.shape, data: new Float32Array(bytes.slice(start + begin, start + end).buffer) }
  }
  return { tensors, metadata: (metadata ?? {}) as Record<string, string> }
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8) throw new Error(`expected a safetensors file, got ${bytes.length} bytes`)
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  if (length > bytes.length - 8) throw new Error(`header of ${length} bytes in a file of ${bytes.length}: cut short?`)
  try {
    return { header: JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))), start: 8 + length }
  } catch (cause) {
    throw new Error('the safetensors header is no JSON', { cause })
  }
}
