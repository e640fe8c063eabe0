// Where the page begins.
import { render } from 'preact'
import { App } from './app.tsx'
import { listenToKeys } from './page-keys.ts'

listenToKeys()
render(<App />, document.getElementById('app') as HTMLElement)
