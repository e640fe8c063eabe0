#!/usr/bin/env node
// The `tenon` command.
import '../typescript.mjs'

await import('./main.ts')
