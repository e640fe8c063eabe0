import { expect, test } from 'vitest'
import { StopLatch } from './stop-latch.ts'

test('pausing holds until it is resumed', () => {
  const latch = new StopLatch()
  expect(latch.state).toBe('running')
  latch.pause()
  expect(latch.state).toBe('paused')
  latch.resume()
  expect(latch.state).toBe('running')
})

test('a stop is released by rearm and by nothing else, and keeps its first reason', () => {
  const latch = new StopLatch()
  latch.stop('key')
  latch.stop('joystick')
  latch.pause()
  latch.resume()
  expect([latch.state, latch.reason]).toEqual(['stopped', 'key'])
  expect(latch.rearm()).toBe(true)
  expect([latch.state, latch.reason]).toEqual(['running', ''])
})

test('a pause can be stopped, and there is nothing to rearm without a stop', () => {
  const latch = new StopLatch()
  latch.pause()
  expect(latch.rearm()).toBe(false)
  expect(latch.state).toBe('paused')
  latch.stop('key')
  expect(latch.state).toBe('stopped')
})

test.each(['before', 'after'])('a pause said %s the stop is not released by rearm', (when) => {
  const latch = new StopLatch()
  if (when === 'before') latch.pause()
  latch.stop('the arm')
  if (when === 'after') latch.pause()
  expect(latch.rearm()).toBe(true)
  expect(latch.state).toBe('paused')
  latch.resume()
  expect(latch.state).toBe('running')
})
