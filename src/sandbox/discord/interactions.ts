import { randomBytes } from 'node:crypto'
import type { DiscordEvent } from '../control.ts'
import type { Json } from '../json.ts'
import { refusal } from './errors.ts'

/** docs: interactions/receiving-and-responding (August 2026): 3 s for the first answer, then 15 minutes. */
export const FIRST_ANSWER_MS = 3000
export const TOKEN_LIFE_MS = 15 * 60_000

export interface Interaction {
  id: string
  token: string
  /** 2 command, 3 component. */
  type: 2 | 3
  /** The command's name; for a component the custom id. */
  name: string
  user_id: string
  channel_id: string
  created_at: number
  /** 1 slash, 3 message command; null for a component. */
  command_type: 1 | 3 | null
  /** The message whose component was used, or that a message command was used on. */
  source_message_id: string | null
  callback_type: number | null
  /** What @original stands for, once there is an answer. */
  original_id: string | null
  /** "The application did not respond" has been shown. */
  failed: boolean
  /** As it was sent, so that it can be sent again. */
  payload: Json
}

export type NewInteraction = Pick<
  Interaction,
  'type' | 'name' | 'user_id' | 'channel_id' | 'command_type' | 'source_message_id'
>

/** Every interaction that was handed to the bot, and how long its token is still good. */
export class InteractionBook {
  readonly #byId = new Map<string, Interaction>()
  readonly #byToken = new Map<string, Interaction>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  readonly #clock: () => number
  readonly #nextId: () => string
  readonly #emit: (event: DiscordEvent) => void

  constructor(options: { clock: () => number; nextId: () => string; emit: (event: DiscordEvent) => void }) {
    this.#clock = options.clock
    this.#nextId = options.nextId
    this.#emit = options.emit
  }

  open(fresh: NewInteraction): Interaction {
    const interaction: Interaction = {
      ...fresh,
      id: this.#nextId(),
      token: randomBytes(64).toString('base64url'),
      created_at: this.#clock(),
      callback_type: null,
      original_id: null,
      failed: false,
      payload: {},
    }
    this.#byId.set(interaction.id, interaction)
    this.#byToken.set(interaction.token, interaction)
    this.#timers.set(
      interaction.id,
      setTimeout(() => this.#fail(interaction), FIRST_ANSWER_MS),
    )
    return interaction
  }

  get(id: string): Interaction | undefined {
    return this.#byId.get(id)
  }

  /** The interaction that may still get its first answer. Throws 10062 or 40060. */
  unanswered(id: string, token: string): Interaction {
    const interaction = this.#byId.get(id)
    if (!interaction || interaction.token !== token) throw refusal('unknownInteraction')
    if (interaction.callback_type !== null) throw refusal('alreadyAcknowledged')
    if (this.#clock() - interaction.created_at > FIRST_ANSWER_MS) this.#fail(interaction)
    if (interaction.failed) throw refusal('unknownInteraction')
    return interaction
  }

  /** Takes the one first answer for a request that is being worked on, so that a second one loses. */
  claim(interaction: Interaction, callbackType: number): void {
    interaction.callback_type = callbackType
  }

  /** The claimed answer was refused: another may be tried while there is time. */
  release(interaction: Interaction): void {
    interaction.callback_type = null
    if (this.#clock() - interaction.created_at > FIRST_ANSWER_MS) this.#fail(interaction)
  }

  acknowledge(interaction: Interaction): void {
    const callbackType = interaction.callback_type
    clearTimeout(this.#timers.get(interaction.id))
    this.#timers.delete(interaction.id)
    const ms = this.#clock() - interaction.created_at
    this.#emit({
      type: 'interaction',
      id: interaction.id,
      status: 'acknowledged',
      ms,
      callback_type: callbackType,
    })
  }

  /** The answered interaction of a token that is still good. Throws 10015 or, after 15 minutes, 50027. */
  answered(token: string): Interaction {
    const interaction = this.#byToken.get(token)
    if (!interaction || interaction.callback_type === null) throw refusal('unknownWebhook')
    if (this.#clock() - interaction.created_at > TOKEN_LIFE_MS) throw refusal('invalidWebhookToken')
    return interaction
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }

  #fail(interaction: Interaction): void {
    if (interaction.failed || interaction.callback_type !== null) return
    interaction.failed = true
    clearTimeout(this.#timers.get(interaction.id))
    this.#timers.delete(interaction.id)
    const ms = Math.max(FIRST_ANSWER_MS, this.#clock() - interaction.created_at)
    this.#emit({ type: 'interaction', id: interaction.id, status: 'failed', ms, callback_type: null })
  }
}
