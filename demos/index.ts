// Episodes on disk: one MCAP file per demonstration, a folder of them a dataset.
export {
  checkNewDataset,
  createDataset,
  type Dataset,
  type DatasetContents,
  type DatasetInfo,
  type EpisodeReading,
  leftoverWarnings,
  nextEpisodePath,
  openDataset,
  readDataset,
  readEpisodes,
} from './dataset.ts'
export {
  type Episode,
  type EpisodeMetadata,
  type EpisodeOutcome,
  FORMAT_VERSION,
  type Frame,
  type Wrench,
} from './episode.ts'
export { DatasetError, EpisodeError } from './errors.ts'
export { encodePng, type Pixels } from './png.ts'
export { readEpisode } from './reader.ts'
export { PART_SUFFIX, writeWhole } from './write-whole.ts'
export { EpisodeWriter } from './writer.ts'
