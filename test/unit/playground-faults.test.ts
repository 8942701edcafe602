import { expect, it } from 'vitest'
import { createFaults as discordFaults } from '../../src/sandbox/discord/faults.ts'
import { groupFaults } from '../../src/sandbox/playground/page/fault-groups.ts'
import { createFaults as slackFaults } from '../../src/sandbox/slack/faults.ts'
import { createFaults as veniceFaults } from '../../src/sandbox/venice/faults.ts'

const lists = { Venice: veniceFaults().list(), Discord: discordFaults().list(), Slack: slackFaults().list() }
const names = (faults: { name: string }[]) => faults.map(fault => fault.name)

it('puts every switch of the stand-ins to the one that has it, each once, with the telling ones first', () => {
  // As the sandbox gives them: one list, in another order.
  const groups = groupFaults([...lists.Discord, ...lists.Slack, ...lists.Venice])
  expect(groups.map(group => group.owner)).toEqual(['Venice', 'Discord', 'Slack'])
  for (const { owner, first, others } of groups) {
    expect(names([...first, ...others]).toSorted(), owner).toEqual(names(lists[owner]).toSorted())
  }
  expect(groups.map(({ first }) => names(first))).toEqual([
    ['lost-answer', 'no-credit', 'slow', '429', '500'],
    ['discord-lost-answer', 'gateway-drop', 'clip-vanished'],
    ['slack-post-lost', 'slack-socket-drop', 'slack-upload-refused'],
  ])
})

it('keeps what is on in sight, and leaves out whoever has no switch', () => {
  const groups = groupFaults(lists.Slack.map(fault => ({ ...fault, on: fault.name === 'slack-slow' })))
  expect(groups).toHaveLength(1)
  expect(names(groups[0]!.first).at(-1)).toBe('slack-slow')
  expect(names(groups[0]!.others)).not.toContain('slack-slow')
})
