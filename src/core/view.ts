import type { Action } from './action.ts'

/**
 * A message in neutral terms; each adapter turns it into its platform's payload with a pure function.
 * Plain strings are literal text: the adapter escapes them. Whatever has a meaning beyond its letters has a type.
 */
export type Span =
  | string
  | { bold: string }
  | { code: string }
  | { link: string; text: string }
  /** Drawn in the reader's own zone. relative: "in 4 minutes"; clock: "15:04"; date: "22 November 2026 15:04". */
  | { time: number; as: 'relative' | 'clock' | 'date' }
  | { mention: string }
  /** A group of people: a role, a user group. */
  | { group: string }

export type Text = Span[]

export type Part =
  | { kind: 'title'; text: Text }
  | { kind: 'text'; text: Text }
  /** A quiet line below the rest. */
  | { kind: 'note'; text: Text }
  /** Columns side by side, one of them marked as chosen. */
  | { kind: 'choices'; columns: { head: string; lines: string[]; chosen: boolean }[] }
  /** `done` from 0 to 1; null: moving, but nobody knows how far. */
  | { kind: 'bar'; done: number | null; label: Text }
  | { kind: 'rule' }
  /** The file that is posted together with this view. */
  | { kind: 'file'; fileName: string; description: string }
  | { kind: 'link'; url: string; label: string }

export interface Button {
  kind: 'button'
  label: string
  look: 'primary' | 'plain' | 'danger'
  action: Action
  /** A question that comes between the press and its effect, on platforms that can ask one. `yes` and `no`: its answers. */
  ask?: { title: string; text: string; yes: string; no: string }
}
export interface Select {
  kind: 'select'
  placeholder: string
  action: Action
  options: { value: string; label: string; description: string; chosen: boolean }[]
}

export interface View {
  /** What kind of news this is; adapters colour it. */
  tone: 'asking' | 'working' | 'good' | 'bad' | 'quiet'
  parts: Part[]
  /** Rows of controls, top to bottom. */
  controls: (Button[] | Select)[]
  /** Ids of the people whom this message may notify. Nobody else is, whatever the text holds. */
  notifies: string[]
  /** Groups whose members this message may notify. Absent: none. */
  notifiesGroups?: string[]
  /** One line for notifications, logs and readers that can't draw the parts. */
  summary: string
}

/** The file that goes with a message. */
export interface Enclosure {
  path: string
  fileName: string
  contentType: string
  sizeBytes: number
}
