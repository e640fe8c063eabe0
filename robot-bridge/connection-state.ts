// The states of the connection to a robot, and what leads from one to the next.
//
//   down ─dial─► connecting ─opened─► syncing ─synced─► ready ─armed─► armed
//    ▲                                   ▲                ▲ │             │
//    └──────── lost, from any ───────────┤         trusted│ │doubt   doubt│
//                                        │                │ ▼             │
//   fault (latched) ◄── fault, from any  └─cleared        stale ◄─────────┘
//
// Nothing leads to `armed` but being armed, and being armed is asked for by a person or a program of theirs, each time.

export const CONNECTION_STATES = ['down', 'connecting', 'syncing', 'ready', 'armed', 'stale', 'fault'] as const
export type ConnectionState = (typeof CONNECTION_STATES)[number]

export type Change =
  /** a connection is being made */
  | 'dial'
  /** it is there */
  | 'opened'
  /** it is not, or no longer */
  | 'lost'
  /** types are right, everything needed arrives and is fresh, the clock is known */
  | 'synced'
  | 'armed'
  | 'disarmed'
  /** something that a robot is steered by is missing, late or wrong */
  | 'doubt'
  /** and is right again */
  | 'trusted'
  /** what a person has to look at */
  | 'fault'
  /** a person has */
  | 'cleared'

const NEXT: Readonly<Record<ConnectionState, Partial<Record<Change, ConnectionState>>>> = {
  down: { dial: 'connecting', fault: 'fault' },
  connecting: { opened: 'syncing', lost: 'down', fault: 'fault' },
  syncing: { synced: 'ready', lost: 'down', fault: 'fault' },
  ready: { armed: 'armed', doubt: 'stale', lost: 'down', fault: 'fault' },
  armed: { disarmed: 'ready', doubt: 'stale', lost: 'down', fault: 'fault' },
  stale: { trusted: 'ready', lost: 'down', fault: 'fault' },
  // A connection may go and stay away under a fault; clearing it begins anew.
  fault: { cleared: 'down' },
}

/** The state after the change; undefined where the change means nothing. */
export const nextState = (state: ConnectionState, change: Change): ConnectionState | undefined => NEXT[state][change]
