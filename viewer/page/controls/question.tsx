// Asks before something that cannot be taken back. It blocks nothing: STOP can be pressed behind it.
import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'

interface Question {
  text: string
  yes: string
  act(): void
}

const question = signal<Question | undefined>(undefined)

export function confirmThen(text: string, yes: string, act: () => void): void {
  question.value = { text, yes, act }
}

const answer = () => {
  question.value = undefined
}

export function QuestionCard() {
  const asked = question.value
  const no = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!asked) return
    const before = document.activeElement
    no.current?.focus()
    return () => before instanceof HTMLElement && before.focus()
  }, [asked])
  if (!asked) return null
  return (
    <div class="question" role="alertdialog" aria-labelledby="question-text" data-testid="question">
      <p id="question-text">{asked.text}</p>
      <div class="row end">
        <button type="button" ref={no} data-testid="question-no" onClick={answer}>
          Cancel
        </button>
        <button
          type="button"
          class="primary"
          data-testid="question-yes"
          onClick={() => {
            answer()
            asked.act()
          }}
        >
          {asked.yes}
        </button>
      </div>
    </div>
  )
}
