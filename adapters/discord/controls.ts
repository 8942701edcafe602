import {
  type APIActionRowComponent,
  type APIButtonComponent,
  type APIComponentInActionRow,
  type APIStringSelectComponent,
  ButtonStyle,
  ComponentType,
} from 'discord.js'
import { encodeAction } from '../../src/core/action.ts'
import type { Button, Select, View } from '../../src/core/view.ts'
import { LIMITS } from './limits.ts'
import { cleanLine, cut } from './literal.ts'

export type ControlRow = APIActionRowComponent<APIButtonComponent | APIStringSelectComponent>

const STYLES = {
  primary: ButtonStyle.Primary,
  plain: ButtonStyle.Secondary,
  danger: ButtonStyle.Danger,
} as const

/** Rows of controls as Discord has them: up to five buttons, or one select that fills the row. */
export function drawControls(controls: View['controls']): ControlRow[] {
  return controls.flatMap(row =>
    Array.isArray(row) ? rowsOf(row.map(drawButton)) : [rowOf([drawSelect(row)])],
  )
}

const rowOf = <C extends APIComponentInActionRow>(components: C[]): APIActionRowComponent<C> => ({
  type: ComponentType.ActionRow,
  components,
})

const rowsOf = (buttons: APIButtonComponent[]): ControlRow[] =>
  Array.from({ length: Math.ceil(buttons.length / LIMITS.buttonsPerRow) }, (_, i) =>
    rowOf(buttons.slice(i * LIMITS.buttonsPerRow, (i + 1) * LIMITS.buttonsPerRow)),
  )

/** Labels are plain text on Discord: nothing to escape, and never empty. */
const plain = (text: string, max: number) => cut(cleanLine(text).trim(), max) || '…'

const drawButton = (button: Button): APIButtonComponent => ({
  type: ComponentType.Button,
  style: STYLES[button.look],
  label: plain(button.label, LIMITS.buttonLabel),
  custom_id: encodeAction(button.action),
})

function drawSelect(select: Select): APIStringSelectComponent {
  return {
    type: ComponentType.StringSelect,
    custom_id: encodeAction(select.action),
    placeholder: plain(select.placeholder, LIMITS.selectPlaceholder),
    options: select.options.slice(0, LIMITS.selectOptions).map(option => ({
      value: option.value,
      label: plain(option.label, LIMITS.optionText),
      ...(option.description.trim() === ''
        ? {}
        : { description: plain(option.description, LIMITS.optionText) }),
      default: option.chosen,
    })),
  }
}
