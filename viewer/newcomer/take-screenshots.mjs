#!/usr/bin/env node
import '../../typescript.mjs'

await import('./take-screenshots.ts')
