// What lies in the data folder, and the jobs that make it.
export { GRACE } from './jobs.ts'
export { openShelf, type ShelfOptions } from './shelf.ts'
