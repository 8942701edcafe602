import { asString, type Json, objectsIn } from '../json.ts'

/** One interactive element of a message or a modal, and where it stands. */
export interface Slot {
  block: Json
  block_id: string
  action_id: string
  element: Json
}

/** Everything in these blocks that has an action_id, in order. */
export function slotsOf(blocks: readonly Json[]): Slot[] {
  return blocks.flatMap(block => {
    const inside = [block.element, block.accessory, ...objectsIn(block.elements)]
    return objectsIn(inside).flatMap(element => {
      const action_id = asString(element.action_id)
      return action_id === undefined
        ? []
        : [{ block, block_id: asString(block.block_id) ?? '', action_id, element }]
    })
  })
}

/** The options of a select, of radio buttons, checkboxes or an overflow menu; those in groups as well. */
export function optionsOf(element: Json): Json[] {
  return [
    ...objectsIn(element.options),
    ...objectsIn(element.option_groups).flatMap(group => objectsIn(group.options)),
  ]
}

export function optionOf(element: Json, value: string): Json | undefined {
  return optionsOf(element).find(option => option.value === value)
}
