import { expect, test } from 'vitest'
import { type Axis, chart } from './chart.ts'

const ticksOf = (x: Partial<Axis>): string[] => {
  const svg = chart({
    title: 'Success',
    width: 300,
    height: 200,
    x: { label: 'demonstrations', domain: [1, 3], ...x },
    y: { label: 'seated, %', domain: [0, 100], ticks: [] },
    series: [],
  })
  return [...svg.matchAll(/>([\d.]+)<\/text>/g)].map(([, tick]) => tick as string)
}

test('marks beyond what was measured are left out', () => {
  expect(ticksOf({ ticks: [1, 3, 5, 7, 10] })).toEqual(['1', '3'])
})

test('a logarithmic axis is marked at the powers of ten', () => {
  expect(ticksOf({ log: true, domain: [0.001, 1] })).toEqual(['0.001', '0.01', '0.1', '1'])
})
