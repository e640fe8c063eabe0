// What the threads of the bridge say to each other. Plain data: it is copied from one to the other, but for pictures.
import type { Command } from './command-stream.ts'
import type { ConnectionState } from './connection-state.ts'
import type { CommandCounts, News } from './link-news.ts'
import type { HandedPicture } from './picture-ring.ts'
import type { Profile } from './profile.ts'
import type { TlsOptions } from './transport.ts'
import type { Answer } from './wire.ts'

export interface LinkSetup {
  url: string
  tls: TlsOptions
  profile: Profile
  client: string
  /** where the picture thread writes the newest stamp, when a camera is needed */
  pictureStamp?: SharedArrayBuffer
  /** it is needed only once there is a picture */
  picturesIfAny: boolean
  /** they come by another rosbridge */
  picturesElsewhere: boolean
}

export type ToLink =
  /** the news have arrived, and with that: I am alive */
  | { kind: 'heard' }
  | { kind: 'command'; command: Command }
  | { kind: 'arm'; id: number }
  | { kind: 'stop'; id: number; reason: string }
  | { kind: 'call'; id: number; service: string; type: string; args: object; timeout: number }
  | { kind: 'clear' }
  | { kind: 'close'; id: number }

export type FromLink =
  /** the next follow when these were heard of; undefined when nothing is new, 50 times a second at least */
  | { kind: 'news'; news: News | undefined }
  /** with what news would say of it, which may come later */
  | ({ kind: 'answer'; id: number; answer: Answer; state: ConnectionState } & CommandCounts)

export interface PictureSetup {
  url: string
  tls: TlsOptions
  profile: Profile
  pictureStamp: SharedArrayBuffer
  /** of the slots that pictures are handed over in */
  turns: SharedArrayBuffer
  /** Hz; as many as come when left out */
  rate?: number
}

export type ToPictures = 'heard' | 'close'

export type FromPictures =
  /** the next follows when this was heard of */
  { kind: 'picture'; picture: HandedPicture } | { kind: 'problem'; message: string }
