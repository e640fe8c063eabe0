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

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', 'runs/**'],
    setupFiles: ['vitest.setup.ts'],
    testTimeout: 60_000,
    // The default leaves one core free, which of two is half.
    maxWorkers: '100%',
    sequence: { sequencer: SlowFirst },
  },
})
