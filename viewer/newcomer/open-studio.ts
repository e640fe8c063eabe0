// The studio as a newcomer starts it, and a browser without a window that shows it.
import { type Browser, chromium, type Page } from 'playwright-core'
import { startTenon } from '../../cli/child.ts'
import { CHROMIUM } from '../../sim/render/chromium.ts'

export interface OpenedStudio {
  page: Page
  /** what the page complained about */
  complaints: string[]
  /** Ends it by Ctrl-C; resolves to what it said. */
  close(): Promise<string>
}

/** `tenon studio ...args`, from the folder, in a page of 1280×720. */
export async function openStudio(folder: string, ...args: string[]): Promise<OpenedStudio> {
  const { child, ended } = startTenon(folder, 'studio', '--port', '0', '--json', ...args)
  const line = new Promise<string>((resolve) => child.stdout?.once('data', resolve))
  const failed = ended.then(({ stderr }) => Promise.reject(new Error(`the studio ended:\n${stderr}`)))
  failed.catch(() => {})
  let browser: Browser | undefined
  const close = async () => {
    await browser?.close()
    child.kill('SIGINT')
    return (await ended).stderr
  }
  try {
    const { url } = JSON.parse(await Promise.race([line, failed]))
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
    })
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 }, colorScheme: 'light' })
    page.setDefaultTimeout(30_000)
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(String(error.stack)))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    await page.goto(url)
    return { page, complaints, close }
  } catch (error) {
    await close()
    throw error
  }
}
