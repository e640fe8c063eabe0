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

/** Tests that change what belongs to the whole process (folder, environment, timers) or measure it. */
const OWN_PROCESS = [
  'cli/**/*.test.ts',
  'viewer/newcomer/*.test.ts',
  'viewer/server/*.test.ts',
  'sim/memory.test.ts',
  'policy/train.test.ts',
]

/** Slow files first; and those that may share a process together, or it would not be shared. */
class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification) =>
      SLOW.some((path) => moduleId.includes(path)) ? 0 : project.config.isolate ? 1 : 2
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}

const project = (name: string, isolate: boolean, files: { include: string[]; exclude?: string[] }) => ({
  extends: true as const,
  test: { name, isolate, include: files.include, exclude: ['**/node_modules/**', 'runs/**', ...(files.exclude ?? [])] },
})

export default defineConfig({
  test: {
    setupFiles: ['vitest.setup.ts'],
    testTimeout: 60_000,
    // The default leaves one core free, which of two is half.
    maxWorkers: '100%',
    sequence: { sequencer: SlowFirst },
    projects: [
      project('own process', true, { include: OWN_PROCESS }),
      // Loading the libraries anew for each of these files takes longer than most of the tests in it.
      project('shared process', false, { include: ['**/*.test.ts'], exclude: OWN_PROCESS }),
    ],
  },
})
