// A few words over the stage when there is nothing to see, and why.
export interface Notice {
  say(text: string | undefined): void
  dispose(): void
}

export function makeNotice(container: HTMLElement): Notice {
  const box = document.createElement('div')
  box.setAttribute('role', 'status')
  box.className = 'stage-notice'
  box.style.cssText =
    'position:absolute;inset:0;display:none;align-items:center;justify-content:center;padding:24px;text-align:center;' +
    'font:15px/1.5 system-ui,sans-serif;color:#fff;background:rgba(22,25,29,.88);pointer-events:none'
  container.append(box)
  return {
    say(text) {
      box.textContent = text ?? ''
      box.style.display = text ? 'flex' : 'none'
    },
    dispose: () => box.remove(),
  }
}
