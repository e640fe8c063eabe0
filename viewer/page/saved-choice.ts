// What the browser remembers of a person's choices. Where it may remember nothing, nothing is remembered.

export function readChoice<T extends string>(name: string, valid: readonly T[]): T | undefined {
  try {
    const saved = localStorage.getItem(`tenon.${name}`)
    return valid.find((choice) => choice === saved)
  } catch {
    return undefined
  }
}

export function saveChoice(name: string, choice: string): void {
  try {
    localStorage.setItem(`tenon.${name}`, choice)
  } catch {
    // private windows refuse
  }
}
