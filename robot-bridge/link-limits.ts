// How long the link waits for what, and how often it looks.

/** Call `tick` this often, s. */
export const TICK = 0.01

/** All in seconds, but for counts. */
export const LIMITS = {
  /** silence of the thread that commands, while armed */
  mainSilence: 0.1,
  /** between two commands, while armed; and from arming to the first */
  commandSilence: 0.1,
  firstCommand: 1,
  /** a command that waited longer on this machine is not sent */
  commandAge: 0.05,
  /** silence of the guard, which speaks 20 times a second */
  guardSilence: 0.3,
  /** from being armed to saying so */
  guardConfirms: 0.5,
  /** without a heartbeat, until the connection is given up */
  heartbeatSilence: 1,
  opening: 3,
  /** from advertising to the first command: younger topics lose messages, or rosbridge repeats them */
  advertised: 1,
  /** heartbeats in a row before anything is believed */
  heartbeats: 10,
  /** without a new doubt, until what was doubted is trusted */
  calm: 0.2,
  arm: 1,
  disarm: 0.25,
  /** for rosapi to answer, and until it is asked again */
  rosapi: 2,
  typeCheck: 0.5,
  /** since a stranger's command, until arming is allowed */
  stranger: 1,
} as const
