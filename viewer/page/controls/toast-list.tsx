// Toasts on the screen, read out as they come.
import { dismiss, toasts } from '../toasts.ts'

export function ToastList() {
  return (
    <div class="toasts" aria-live="polite" data-testid="toasts">
      {toasts.value.map(({ id, kind, text, action }) => (
        <div
          key={id}
          class={`toast ${kind}`}
          role={kind === 'error' ? 'alert' : 'status'}
          data-testid={`toast-${kind}`}
        >
          <span>{text}</span>
          {action && (
            <button
              type="button"
              data-testid="toast-action"
              onClick={() => {
                dismiss(id)
                action.run()
              }}
            >
              {action.label}
            </button>
          )}
          <button type="button" class="quiet" aria-label="Close this message" onClick={() => dismiss(id)}>
            ✕
          </button>
        </div>
      ))}
    </div>
  )
}
