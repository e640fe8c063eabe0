// Said to those who only watch.
import { store } from '../studio.ts'
import { takeSeat } from '../top-bar.tsx'

export function SeatNote({ to }: { to: string }) {
  if (store.drives.value || store.link.value !== 'open' || !store.seats.value) return null
  return (
    <div class="note" data-testid="seat-note">
      <span>You are watching. Take the seat to {to}.</span>
      <button type="button" data-testid="seat-note-claim" onClick={takeSeat}>
        {store.seats.value.writer ? 'Take over' : 'Take the seat'}
      </button>
    </div>
  )
}
