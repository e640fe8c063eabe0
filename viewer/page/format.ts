// Numbers as people read them. What is not known is a dash.
const DASH = '–'

const known = (value: number | null | undefined): value is number => typeof value === 'number' && Number.isFinite(value)

export const newtons = (value: number | null | undefined): string => (known(value) ? `${value.toFixed(1)} N` : DASH)

export const seconds = (value: number | null | undefined): string => (known(value) ? `${value.toFixed(1)} s` : DASH)

export const hertz = (value: number | null | undefined): string => (known(value) ? `${Math.round(value)} Hz` : DASH)

export const milliseconds = (value: number | null | undefined): string =>
  known(value) ? `${value < 10 ? value.toFixed(1) : Math.round(value)} ms` : DASH

/** `value` in m, shown in mm. */
export const millimetres = (value: number | null | undefined): string =>
  known(value) ? `${(value * 1000).toFixed(Math.abs(value) < 0.001 ? 2 : 1)} mm` : DASH

/** `value` in rad. */
export const degrees = (value: number | null | undefined): string =>
  known(value) ? `${((value * 180) / Math.PI).toFixed(1)}°` : DASH

export const percent = (fraction: number | null | undefined): string =>
  known(fraction) ? `${Math.round(fraction * 100)} %` : DASH

/** Three digits: `0.00123`, `1.23e-5`. */
export const threeDigits = (value: number | null | undefined): string => {
  if (!known(value)) return DASH
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(2) : value.toPrecision(3)
}

/** Thousands apart: `12 000`. */
export const whole = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, '\u202f')

/** Whole seconds as `1 h 05 min`, `4 min 05 s` or `7 s`. */
export function duration(value: number | null | undefined): string {
  if (!known(value)) return DASH
  const total = Math.round(value)
  const [h, min, s] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60]
  const two = (part: number) => String(part).padStart(2, '0')
  if (h > 0) return `${h} h ${two(min)} min`
  return min > 0 ? `${min} min ${two(s)} s` : `${s} s`
}

/** So many seconds have passed since 1970, and not since a simulator began. */
const CALENDAR = 1e8

/** On the robot's clock: `12.34` of a simulator's, `15:04:05` of one that tells the time of day. */
export function stamp(time: number): string {
  if (!(time > 0)) return DASH
  return time < CALENDAR ? time.toFixed(2) : new Date(time * 1000).toTimeString().slice(0, 8)
}

/** `1 episode`, `2 episodes`. */
export const count = (n: number, noun: string): string => `${whole(n)} ${noun}${n === 1 ? '' : 's'}`
