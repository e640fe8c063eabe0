import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { makeCertificate } from '../robot-bridge/fake-certificate.ts'
import { testFolder } from './child.ts'
import { readTlsFiles } from './ros-connection.ts'

const folder = await testFolder()
const [cert, key, der] = ['cert.pem', 'key.pem', 'cert.der'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
]
const { cert: certText, key: keyText } = makeCertificate('robot')

beforeAll(async () => {
  await writeFile(cert, certText)
  await writeFile(key, keyText)
  await writeFile(der, Buffer.from([0x30, 0x82, 0x01]))
})

test('files for an encrypted connection are read as they are', async () => {
  const files = { ca: cert, cert, key }
  expect(await readTlsFiles(files, ['wss://robot:9090'])).toEqual({ ca: certText, cert: certText, key: keyText })
  expect(await readTlsFiles(files, ['ws://robot:9090', 'wss://camera:9090'])).toMatchObject({ key: keyText })
})

test('where nothing is encrypted they would do nothing, and are refused', async () => {
  await expect(readTlsFiles({ ca: cert }, ['ws://robot:9090', undefined])).rejects.toThrow(
    '--ca is for an encrypted connection: give an address that begins with wss://, or leave it out',
  )
  expect(await readTlsFiles({}, ['ws://robot:9090'])).toEqual({})
})

test.each([
  [{ cert: key, key: cert }, `--cert ${key}: expected a PEM file with a line -----BEGIN CERTIFICATE-----, got none`],
  [{ key: cert }, `--key ${cert}: expected a PEM file with a line -----BEGIN PRIVATE KEY-----, got none`],
  [{ ca: der }, `--ca ${der}: expected a PEM file`],
  [{ key }, '--cert and --key belong together, got only --key: give both, or neither'],
])('files that were mixed up, are not PEM, or lack the other one are named', async (files, message) => {
  await expect(readTlsFiles(files, ['wss://robot:9090'])).rejects.toThrow(message)
})
