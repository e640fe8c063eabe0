// X.509 certificates for tests, made when they are needed: keys have no place in a repository, and files expire.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

export interface FakeCertificate {
  /** PEM */
  cert: string
  key: string
  name: string
  privateKey: KeyObject
}

/** Signed by `authority`, or, without one, an authority itself. Valid until 2049, for localhost. */
export function makeCertificate(name: string, authority?: FakeCertificate): FakeCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signedWith = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)) // ecdsa-with-SHA256
  const extension = authority
    ? sequence(oid(0x55, 0x1d, 0x11), octets(sequence(der(0x82, Buffer.from('localhost'))))) // subjectAltName
    : sequence(oid(0x55, 0x1d, 0x13), der(0x01, Buffer.of(0xff)), octets(sequence(der(0x01, Buffer.of(0xff))))) // CA
  const certificate = sequence(
    der(0xa0, integer(2)), // version 3
    integer(name.length),
    signedWith,
    distinguishedName(authority?.name ?? name),
    sequence(utcTime('200101000000Z'), utcTime('491231235959Z')),
    distinguishedName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension)),
  )
  const signature = sign('sha256', certificate, authority?.privateKey ?? privateKey)
  const whole = sequence(certificate, signedWith, der(0x03, Buffer.concat([Buffer.of(0), signature])))
  const lines = whole.toString('base64').replace(/.{64}/g, '$&\n')
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    name,
    privateKey,
  }
}

/** Tag, length, value. */
function der(tag: number, value: Buffer): Buffer {
  const { length } = value
  const lengths = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.of(tag, ...lengths), value])
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, Buffer.concat(parts))
const integer = (value: number): Buffer => der(0x02, Buffer.of(value))
const octets = (value: Buffer): Buffer => der(0x04, value)
const oid = (...bytes: number[]): Buffer => der(0x06, Buffer.of(...bytes))
const utcTime = (time: string): Buffer => der(0x17, Buffer.from(time))
const distinguishedName = (name: string): Buffer =>
  sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(name)))))
