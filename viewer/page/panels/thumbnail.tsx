// One picture of an episode, asked for when it comes into sight.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { EpisodeEntry } from '../../protocol/library.ts'
import { connection } from '../studio.ts'

const known = new Map<string, Promise<string | null>>()
/** One after the other: the server takes so many calls at once, and a tall list shows more. */
let last: Promise<unknown> = Promise.resolve()

function pictureOf(dataset: string, episode: EpisodeEntry): Promise<string | null> {
  const key = `${dataset}/${episode.name}/${episode.frames}`
  const found = known.get(key)
  if (found) return found
  const asked = last.then(() => connection.call('thumbnail', { dataset, episode: episode.name }))
  last = asked.catch(() => undefined)
  // What failed may be asked for again.
  asked.catch(() => known.delete(key))
  known.set(key, asked)
  return asked
}

export function Thumbnail({ dataset, episode }: { dataset: string; episode: EpisodeEntry }) {
  const place = useRef<HTMLSpanElement>(null)
  const [picture, setPicture] = useState<string | null | undefined>(undefined)
  useEffect(() => {
    const element = place.current
    if (!element) return
    const sight = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return
      sight.disconnect()
      pictureOf(dataset, episode).then(setPicture, () => setPicture(null))
    })
    sight.observe(element)
    return () => sight.disconnect()
  }, [dataset, episode])
  return (
    <span class="thumbnail" ref={place}>
      {picture ? (
        <img src={`data:image/png;base64,${picture}`} alt="" />
      ) : (
        <span class="muted small">{picture === null ? 'no picture' : '…'}</span>
      )}
    </span>
  )
}
