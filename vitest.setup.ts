import fc from 'fast-check'

// Property tests draw the same cases on every machine, so that a failure seen in CI is seen at home.
fc.configureGlobal({ seed: 20260601 })
