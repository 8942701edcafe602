import { html, nothing, type TemplateResult } from 'lit'
import { takeClip } from './composer.ts'
import { FILM } from './icons.ts'
import type { Page } from './page.ts'
import { channelOf } from './selectors.ts'

/** The place that a file hangs over now, and how many of its elements the pointer entered and did not leave. */
const over = { place: null as string | null, depth: 0 }

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true

/** Takes a file that is dropped anywhere on `content` into the composer of that channel. */
export function droppable(page: Page, channelId: string, content: TemplateResult): TemplateResult {
  const set = (place: string | null, depth: number) => {
    const before = over.place
    Object.assign(over, { place, depth })
    if (before !== place) page.redraw()
  }
  const enter = (event: DragEvent) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    set(channelId, over.place === channelId ? over.depth + 1 : 1)
  }
  const leave = () => (over.depth <= 1 ? set(null, 0) : set(over.place, over.depth - 1))
  const drop = (event: DragEvent) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    set(null, 0)
    const file = event.dataTransfer?.files[0]
    if (file) takeClip(page, channelId, file)
  }
  const channel = channelOf(page.state, channelId)
  return html`<div class="drop-area" data-testid="drop-area" @dragenter=${enter} @dragover=${(e: DragEvent) => hasFiles(e) && e.preventDefault()}
    @dragleave=${leave} @drop=${drop}>${content}${
      over.place === channelId
        ? html`<div class="drop-veil"><div>${FILM}<b>Upload to ${channel?.type === 11 ? '' : '#'}${channel?.name}</b><span>MP4, MOV or WebM. You see the price before anything is charged.</span></div></div>`
        : nothing
    }</div>`
}
