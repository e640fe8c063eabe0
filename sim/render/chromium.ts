// The browser that tests look with.
import { access } from 'node:fs/promises'

/** From Debian. */
export const CHROMIUM = '/usr/bin/chromium'

export const isChromiumThere = (): Promise<boolean> =>
  access(CHROMIUM).then(
    () => true,
    () => false,
  )
