import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import type { SlackState } from '../control.ts'

/** What the app declares about itself, as far as it is stood in for. */
export interface Manifest {
  name: string
  commands: (SlackState['commands'][number] & {
    /** Mentions and links in what is typed behind it are sent as in messages. */
    should_escape: boolean
  })[]
  shortcuts: SlackState['shortcuts']
  /** Bot scopes that an installation grants. */
  scopes: string[]
  /** Events that are sent to the app. */
  events: string[]
  /** Whether people have direct messages with the app, and may write there. */
  direct: { open: boolean; writable: boolean }
}

const shape = z.object({
  display_information: z.object({ name: z.string() }),
  features: z.object({
    app_home: z
      .object({ messages_tab_enabled: z.boolean(), messages_tab_read_only_enabled: z.boolean() })
      .default({ messages_tab_enabled: false, messages_tab_read_only_enabled: false }),
    slash_commands: z
      .array(
        z.object({
          command: z.string().startsWith('/'),
          description: z.string(),
          usage_hint: z.string().default(''),
          should_escape: z.boolean().default(false),
        }),
      )
      .default([]),
    shortcuts: z
      .array(
        z.object({
          name: z.string().max(24),
          type: z.enum(['message', 'global']),
          callback_id: z.string(),
          description: z.string(),
        }),
      )
      .default([]),
  }),
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
  settings: z.object({ event_subscriptions: z.object({ bot_events: z.array(z.string()) }) }),
})

const OF_THE_PROJECT = new URL('../../../slack-manifest.yaml', import.meta.url)

/** @throws where the file is missing or is no manifest; the message says where. */
export function readManifest(file: URL = OF_THE_PROJECT): Manifest {
  const read = shape.safeParse(parse(readFileSync(file, 'utf8')))
  if (!read.success) throw new Error(`slack-manifest.yaml: ${z.prettifyError(read.error)}`)
  const { display_information, features, oauth_config, settings } = read.data
  return {
    name: display_information.name,
    commands: features.slash_commands,
    shortcuts: features.shortcuts,
    scopes: oauth_config.scopes.bot,
    events: settings.event_subscriptions.bot_events,
    direct: {
      open: features.app_home.messages_tab_enabled,
      writable: !features.app_home.messages_tab_read_only_enabled,
    },
  }
}
