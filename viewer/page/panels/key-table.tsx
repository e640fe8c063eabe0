// Which key does what.
import { KEYS } from '../teleop/index.ts'

const PAGE_KEYS: readonly { keys: string; does: string }[] = [
  { keys: 'Space', does: 'STOP, but for a space in a text' },
  { keys: 'Esc', does: 'STOP, everywhere' },
  { keys: 'R', does: 'start recording, end it' },
  { keys: 'K, D', does: 'then keep it, or discard it' },
  { keys: 'P, ← →', does: 'play or pause a replay, step through it' },
]

export function KeyTable() {
  return (
    <table class="key-table" data-testid="key-table">
      <tbody>
        {[...PAGE_KEYS, ...KEYS].map(({ keys, does }) => (
          <tr key={keys}>
            <th scope="row">{keys}</th>
            <td>{does}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
