// As much of WebHID as is used here: TypeScript's own library leaves it out.
export interface HidDevice extends EventTarget {
  readonly opened: boolean
  readonly vendorId: number
  readonly collections: readonly { usagePage?: number; usage?: number }[]
  open(): Promise<void>
  close(): Promise<void>
}

export interface HidReport extends Event {
  readonly device: HidDevice
  readonly reportId: number
  readonly data: DataView
}

export interface Hid extends EventTarget {
  getDevices(): Promise<HidDevice[]>
  requestDevice(options: { filters: { vendorId: number; usagePage: number; usage: number }[] }): Promise<HidDevice[]>
}

/** Undefined where the browser has none: Firefox, Safari, or a page that is not from localhost or https. */
export const hidOf = (from: Navigator): Hid | undefined => (from as { hid?: Hid }).hid
