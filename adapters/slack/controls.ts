import type { ActionsBlock, ActionsBlockElement, ConfirmationDialog, PlainTextOption } from '@slack/types'
import { encodeAction } from '../../src/core/action.ts'
import type { Button, Select, View } from '../../src/core/view.ts'
import { LIMITS } from './limits.ts'
import { cleanLine, plainText } from './literal.ts'

/** Rows of controls as Slack has them: each an actions block, which wraps by itself on a narrow screen. */
export const drawControls = (controls: View['controls']): ActionsBlock[] =>
  controls.flatMap(row => {
    if (Array.isArray(row)) return rowsOf(row.map(drawButton))
    return row.options.length === 0 ? [] : rowsOf([drawSelect(row)])
  })

export const rowsOf = (elements: ActionsBlockElement[]): ActionsBlock[] =>
  Array.from({ length: Math.ceil(elements.length / LIMITS.actions) }, (_, i) => ({
    type: 'actions',
    elements: elements.slice(i * LIMITS.actions, (i + 1) * LIMITS.actions),
  }))

/** Slack knows two colours and a plain look. */
const STYLES = { primary: 'primary', plain: null, danger: 'danger' } as const

function drawButton(button: Button): ActionsBlockElement {
  const style = STYLES[button.look]
  return {
    type: 'button',
    text: plainText(button.label, LIMITS.buttonText),
    action_id: encodeAction(button.action),
    ...(style && { style }),
    ...(button.ask && { confirm: drawAsk(button.ask, style ?? 'primary') }),
  }
}

/** Slack asks before it sends the press. */
const drawAsk = (ask: NonNullable<Button['ask']>, style: 'primary' | 'danger'): ConfirmationDialog => ({
  title: plainText(ask.title, LIMITS.confirmTitle),
  text: plainText(ask.text, LIMITS.confirmText),
  confirm: plainText(ask.yes, LIMITS.confirmAnswer),
  deny: plainText(ask.no, LIMITS.confirmAnswer),
  style,
})

function drawSelect(select: Select): ActionsBlockElement {
  const options = select.options.slice(0, LIMITS.selectOptions)
  const drawn = options.map(drawOption)
  const initial = drawn[options.findIndex(option => option.chosen)]
  return {
    type: 'static_select',
    action_id: encodeAction(select.action),
    placeholder: plainText(select.placeholder, LIMITS.placeholder),
    options: drawn,
    ...(initial && { initial_option: initial }),
  }
}

const drawOption = ({ value, label, description }: Select['options'][number]): PlainTextOption => ({
  value,
  text: plainText(label, LIMITS.optionText),
  ...(cleanLine(description).trim() !== '' && { description: plainText(description, LIMITS.optionText) }),
})
