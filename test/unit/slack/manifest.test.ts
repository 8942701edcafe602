import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { EVENTS, SHORTCUT, SHORTCUT_NAME, UPSCALE, UPSCALE_ADMIN } from '../../../adapters/slack/commands.ts'
import { SCOPES } from '../../../adapters/slack/permissions.ts'
import { ADMIN_ACTS } from '../../../src/core/admin.ts'

const manifest = parse(readFileSync(new URL('../../../slack-manifest.yaml', import.meta.url), 'utf8'))

describe('the manifest and the code agree on', () => {
  it('the scopes', () => {
    expect(manifest.oauth_config.scopes).toEqual({ bot: Object.keys(SCOPES) })
  })

  it('the events', () => {
    expect(manifest.settings.event_subscriptions.bot_events).toEqual([...EVENTS])
  })

  it('the commands, and what can be said behind the one for those in charge', () => {
    const commands: { command: string; usage_hint: string }[] = manifest.features.slash_commands
    expect(commands.map(({ command }) => command)).toEqual([UPSCALE, UPSCALE_ADMIN])
    for (const act of ADMIN_ACTS) expect(commands[1]!.usage_hint.split(/\W+/)).toContain(act)
  })

  it('how what is typed comes: people and groups by their ids for those in charge, links as they are for all', () => {
    const commands: { should_escape: boolean }[] = manifest.features.slash_commands
    expect(commands.map(({ should_escape }) => should_escape)).toEqual([false, true])
  })

  it('the entry in the menu of a message, as the form names it', () => {
    expect(manifest.features.shortcuts).toEqual([
      expect.objectContaining({ name: SHORTCUT_NAME, type: 'message', callback_id: SHORTCUT }),
    ])
  })

  it('how it is spoken to: buttons are heard, and nobody can write to the bot alone, where it hears nothing', () => {
    expect(manifest.settings.interactivity.is_enabled).toBe(true)
    expect(manifest.features.app_home).toMatchObject({
      messages_tab_enabled: true,
      messages_tab_read_only_enabled: true,
    })
  })
})
