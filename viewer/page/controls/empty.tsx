// What to do next, where there is nothing yet.
import type { ComponentChildren } from 'preact'

export function Empty({ title, children, testId }: { title: string; children: ComponentChildren; testId: string }) {
  return (
    <div class="empty" data-testid={testId}>
      <strong>{title}</strong>
      <p>{children}</p>
    </div>
  )
}
