// What each thing beside the robot is drawn in; told apart by people who see red and green alike, on light and on dark.
export const COLOURS = {
  /** what was done */
  trail: 0x1e88e5,
  /** what is planned */
  plan: 0xd81b9a,
  demonstrations: 0x2dd4bf,
  contact: 0xffb300,
  force: 0xff6d00,
  axes: [0xe5484d, 0x3fae5a, 0x3d7eff],
} as const

export const BACKGROUNDS = { light: 0xeceff2, dark: 0x16191d } as const
