/**
 * Discord's numbers, in one place. Sources are pages of docs.discord.com/developers as of August 2026 unless said
 * otherwise; lengths are compared in UTF-16 units, which is never more lenient than what Discord counts.
 */
export const LIMITS = {
  /** A first answer later than this is refused (10062). interactions/receiving-and-responding */
  ackMs: 3_000,
  /** After this an interaction's token edits nothing any more. interactions/receiving-and-responding */
  tokenLifeMs: 15 * 60_000,
  /** Components in a message, nested ones counted. components/reference (changed 29 April 2025) */
  components: 40,
  /** Letters in all text displays together. OpenAPI description of 18 July 2026, TextDisplay */
  text: 4_000,
  /** components/reference#action-row */
  buttonsPerRow: 5,
  /** components/reference#button */
  buttonLabel: 80,
  customId: 100,
  /** A signed storage link is longer than this, so only our own short links fit. components/reference#button */
  linkUrl: 512,
  /** components/reference#string-select */
  selectOptions: 25,
  optionText: 100,
  selectPlaceholder: 150,
  /** components/reference#media-gallery */
  mediaDescription: 1_024,
  /** resources/message#allowed-mentions-object */
  mentionedUsers: 100,
  mentionedRoles: 100,
  /** resources/message#create-message */
  nonce: 25,
  /** resources/channel#start-thread-from-message */
  threadName: 100,
  /** Minutes without a message until a thread is tucked away; 60, 1440, 4320 or 10080. resources/channel */
  threadArchiveMinutes: 1_440,
} as const

const MIB = 1024 * 1024

/**
 * Largest file in bytes by the guild's boost tier. 10 MiB: docs, change log of 3 April 2025. Tiers 2 and 3: known from
 * support pages and the unofficial docs only, so a refusal (40005, 413) must still be expected.
 */
export const UPLOAD_BYTES_BY_TIER: Readonly<Record<number, number>> = {
  0: 10 * MIB,
  1: 10 * MIB,
  2: 50 * MIB,
  3: 100 * MIB,
}

export const uploadBytes = (tier: number | null): number =>
  UPLOAD_BYTES_BY_TIER[tier ?? 0] ?? UPLOAD_BYTES_BY_TIER[0]!

/** How long we wait for Discord; ours to choose. */
export const PATIENCE = {
  /** One small request. */
  requestMs: 15_000,
  /** One upload: 100 MiB at 1.5 Mbit/s. */
  uploadMs: 10 * 60_000,
  /** A rate limit longer than this is handed back as "try later", so that the queue waits and not a worker. */
  rateLimitMs: 30_000,
  /** From login to ready, with the guilds. */
  readyMs: 60_000,
} as const
