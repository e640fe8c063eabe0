import { expect, test } from 'vitest'
import { makeNews } from './news.ts'

test('listeners hear what is new until they are no longer interested', () => {
  const heard: number[] = []
  const news = makeNews<number>()
  const { subscribe, tell } = news
  const stop = subscribe((news) => heard.push(news))
  tell(1)
  stop()
  tell(2)
  expect(heard).toEqual([1])
  expect(news.isHeard).toBe(false)
})
