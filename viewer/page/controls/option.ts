// What a list offers.
export interface Option {
  value: string
  label: string
}

export const sameLabels = (values: readonly string[]): Option[] => values.map((value) => ({ value, label: value }))
