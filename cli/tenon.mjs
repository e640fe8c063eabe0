#!/usr/bin/env node
// The `tenon` command.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
// What runs TypeScript and builds the studio's page cannot be loaded by others, and says so less plainly.
const old = major < 20 || (major === 20 && minor < 19) || major === 21 || (major === 22 && minor < 12)
if (old) {
  process.stderr.write(`tenon needs Node.js 20.19, 22.12 or newer: this is ${process.versions.node}\n`)
  process.exit(1)
}

await import('../typescript.mjs')
await import('./main.ts')
