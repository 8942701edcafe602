import { html, nothing, type TemplateResult } from 'lit'
import { FILM } from './icons.ts'

/** Somewhere that files can be dropped. */
export interface DropPlace {
  /** Unique on the page. */
  id: string
  testid: string
  /** Said while a file hangs over it. */
  title: string
  hint: string
  take(files: File[]): void
  redraw(): void
}

/** The place that a file hangs over now, and how many of its elements the pointer entered and did not leave. */
const over = { place: null as string | null, depth: 0 }

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true

/** Takes files that are dropped anywhere on `content`. */
export function droppable(place: DropPlace, content: TemplateResult): TemplateResult {
  const set = (id: string | null, depth: number) => {
    const before = over.place
    Object.assign(over, { place: id, depth })
    if (before !== id) place.redraw()
  }
  const enter = (event: DragEvent) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    set(place.id, over.place === place.id ? over.depth + 1 : 1)
  }
  const leave = () => (over.depth <= 1 ? set(null, 0) : set(over.place, over.depth - 1))
  const drop = (event: DragEvent) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    set(null, 0)
    const files = [...(event.dataTransfer?.files ?? [])]
    if (files.length > 0) place.take(files)
  }
  return html`<div class="drop-area" data-testid=${place.testid} @dragenter=${enter} @dragover=${(e: DragEvent) => hasFiles(e) && e.preventDefault()}
    @dragleave=${leave} @drop=${drop}>${content}${
      over.place === place.id
        ? html`<div class="drop-veil"><div>${FILM}<b>${place.title}</b><span>${place.hint}</span></div></div>`
        : nothing
    }</div>`
}
