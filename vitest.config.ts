import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** These take minutes: begun last, one of them would run alone while the other cores wait. */
const SLOW = [
  'viewer/newcomer/',
  'cli/run.test.ts',
  'cli/bad-input.test.ts',
  'cli/soak.test.ts',
  'cli/interrupt.test.ts',
]

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isSlow = ({ moduleId }: TestSpecification) => SLOW.some((path) => moduleId.includes(path))
    const sorted = await super.sort(files)
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))]
  }
}

/** Here nothing of a process is changed by a test: files share one, and what they import is loaded once. */
const SHARING = [
  'geometry',
  'tensor',
  'perception',
  'policy',
  'demos',
  'control',
  'sim',
  'viewer/page',
  'viewer/protocol',
]
const sharing = SHARING.map((folder) => `${folder}/**/*.test.ts`)
const EXCLUDE = ['**/node_modules/**', 'runs/**']
const common = { setupFiles: ['vitest.setup.ts'], testTimeout: 60_000 }

export default defineConfig({
  test: {
    // The default leaves one core free, which of two is half.
    maxWorkers: '100%',
    sequence: { sequencer: SlowFirst },
    projects: [
      { test: { ...common, name: 'alone', include: ['**/*.test.ts'], exclude: [...EXCLUDE, ...sharing] } },
      { test: { ...common, name: 'sharing', include: sharing, exclude: EXCLUDE, isolate: false } },
    ],
  },
})
