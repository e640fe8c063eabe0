// A SpaceMouse over WebHID: opened when it was allowed before, or when the user chooses it.
import { type Hid, type HidDevice, type HidReport, hidOf } from './hid.ts'
import { afterReport, knobWish, restingKnob } from './spacemouse-report.ts'
import { isNone, noWish, type Wish } from './wish.ts'

export interface SpaceMouse {
  readonly connected: boolean
  read(): { wish: Wish; clutchOut: boolean; fine: boolean }
  /** Shows the browser's dialog, from a click only. False when nothing was chosen. Throws an Error without WebHID. */
  connect(): Promise<boolean>
  dispose(): void
}

/** 3Dconnexion, and Logitech, who made them before; of Logitech's devices only those with many axes. */
const FILTERS = [0x256f, 0x046d].map((vendorId) => ({ vendorId, usagePage: 0x01, usage: 0x08 }))
/** A knob that is held tells its place some 60 times a second; one that is silent is gone or asleep, ms. */
const SILENT = 500

/** `onUse`: it was moved. */
export function makeSpaceMouse(onUse: () => void): SpaceMouse {
  const hid = hidOf(navigator)
  let knob = restingKnob()
  let heard = 0
  let device: HidDevice | undefined
  const onReport = (event: Event) => {
    const { reportId, data } = event as HidReport
    knob = afterReport(knob, reportId, data)
    heard = performance.now()
    if (!isNone(knobWish(knob)) || knob.buttons !== 0) onUse()
  }
  const drop = () => {
    device?.removeEventListener('inputreport', onReport)
    device = undefined
    knob = restingKnob()
  }
  const use = async (found: HidDevice) => {
    if (!found.opened) await found.open()
    drop()
    device = found
    found.addEventListener('inputreport', onReport)
  }
  const onGone = (event: Event) => (event as HidReport).device === device && drop()
  const reopen = () =>
    void reopenAllowed(hid)
      .then((found) => (found && !device ? use(found) : undefined))
      .catch(() => undefined)
  hid?.addEventListener('disconnect', onGone)
  hid?.addEventListener('connect', reopen)
  reopen()
  return {
    get connected() {
      return device !== undefined
    },
    read() {
      const fresh = performance.now() - heard < SILENT
      const wish = fresh ? knobWish(knob) : noWish()
      return { wish, clutchOut: (knob.buttons & 1) !== 0, fine: (knob.buttons & 2) !== 0 }
    },
    async connect() {
      if (!hid) {
        throw new Error('This browser has no WebHID here: use Chrome or Edge, at localhost or over https')
      }
      const [chosen] = await hid.requestDevice({ filters: FILTERS })
      if (chosen) await use(chosen)
      return chosen !== undefined
    },
    dispose() {
      hid?.removeEventListener('disconnect', onGone)
      hid?.removeEventListener('connect', reopen)
      const open = device
      drop()
      open?.close().catch(() => undefined)
    },
  }
}

/** The one that the user allowed before. */
async function reopenAllowed(hid: Hid | undefined): Promise<HidDevice | undefined> {
  const devices = (await hid?.getDevices()) ?? []
  return devices.find(({ vendorId, collections }) =>
    FILTERS.some(
      (filter) =>
        filter.vendorId === vendorId &&
        collections.some(({ usagePage, usage }) => usagePage === filter.usagePage && usage === filter.usage),
    ),
  )
}
