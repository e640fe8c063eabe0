import { tryExpert } from './expert-trials.ts'

tryExpert('usb-c')
