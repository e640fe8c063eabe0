// The clock of this machine that only goes forward, the same in all of its threads.

/** s, since the machine started */
export const localNow = (): number => Number(process.hrtime.bigint()) / 1e9
