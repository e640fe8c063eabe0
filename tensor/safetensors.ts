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

/** The file's bytes; every tensor is float32. Throws a RangeError when a tensor's numbers do not fill its shape. */
export function encodeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array {
  const header: Record<string, HeaderEntry | Record<string, string>> = { [METADATA_KEY]: metadata }
  let offset = 0
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    if (data.length !== shape.reduce((a, b) => a * b, 1)) {
      throw new RangeError(`tensor "${name}": ${data.length} numbers do not fill shape [${shape}]`)
    }
    header[name] = { dtype: 'F32', shape: [...shape], data_offsets: [offset, offset + data.byteLength] }
    offset += data.byteLength
  }
  const text = new TextEncoder().encode(JSON.stringify(header))
  // Spaces after the JSON keep the numbers aligned to 8 bytes.
  const json = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20)
  json.set(text)
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
  for (const [name, entry] of Object.entries(entries)) checkEntry(name, entry)
  checkLayout(entries as Record<string, HeaderEntry>, bytes.length - start)
  for (const [name, { shape, data_offsets }] of Object.entries(entries as Record<string, HeaderEntry>)) {
    const [begin, end] = data_offsets
    // A copy: the bytes need not be aligned to 4. (Not with slice, which is a view if the bytes are Node's Buffer.)
    const copy = new Uint8Array(bytes.subarray(start + begin, start + end))
    tensors[name] = { shape, data: new Float32Array(copy.buffer) }
  }
  return { tensors, metadata: (metadata ?? {}) as Record<string, string> }
}

function checkEntry(name: string, entry: unknown): void {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Partial<Record<keyof HeaderEntry, unknown>>
  if (dtype !== 'F32') throw new Error(`tensor "${name}": expected F32, got ${dtype}`)
  if (!isSizes(shape)) throw new Error(`tensor "${name}": expected a shape of whole numbers, got ${shape}`)
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw new Error(`tensor "${name}": expected data_offsets of two whole numbers, got ${offsets}`)
  }
  const [begin, end] = offsets as [number, number]
  if (end - begin !== 4 * shape.reduce((a, b) => a * b, 1)) {
    throw new Error(`tensor "${name}": ${end - begin} bytes do not hold shape [${shape}]`)
  }
}

const isSizes = (numbers: unknown): numbers is number[] =>
  Array.isArray(numbers) && numbers.every((n) => Number.isSafeInteger(n) && n >= 0)

/** The format asks that tensors lie one after the other, without gaps, to the end of the file. */
function checkLayout(entries: Record<string, HeaderEntry>, size: number): void {
  let expected = 0
  for (const [name, { data_offsets }] of Object.entries(entries).sort(byOffsets)) {
    const [begin, end] = data_offsets
    if (begin !== expected) {
      throw new Error(`tensor "${name}" starts at byte ${begin} of the data, expected ${expected}: overlap or gap`)
    }
    if (end > size) throw new Error(`tensor "${name}" ends at byte ${end} of the data, which has ${size}: cut short?`)
    expected = end
  }
  if (expected !== size) throw new Error(`expected ${expected} bytes of data, got ${size}`)
}

function byOffsets([, a]: [string, HeaderEntry], [, b]: [string, HeaderEntry]): number {
  return a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8) throw new Error(`expected a safetensors file, got ${bytes.length} bytes`)
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  if (length > bytes.length - 8) throw new Error(`header of ${length} bytes in a file of ${bytes.length}: cut short?`)
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))
  } catch (cause) {
    throw new Error('the safetensors header is no JSON', { cause })
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw new Error('the safetensors header is no JSON object')
  }
  return { header: header as Record<string, unknown>, start: 8 + length }
}
