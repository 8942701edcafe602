/**
 * Slack's numbers, in one place. Sources are pages of docs.slack.dev as of 2026, or the comments of @slack/types 3.2.0
 * ("types") made from them; lengths are compared in UTF-16 units, which is never more lenient than what Slack counts.
 */
export const LIMITS = {
  /** A command, press, shortcut or form that is not answered by then fails for the person. interactivity */
  ackMs: 3_000,
  /** A trigger_id opens one modal, and only so long. surfaces/modals */
  triggerMs: 3_000,
  /** A response_url takes so many answers within so long. interactivity/handling-user-interaction */
  hookUses: 5,
  hookLifeMs: 30 * 60_000,
  /** Blocks in a message. reference/block-kit/blocks */
  blocks: 50,
  /** types, HeaderBlock */
  header: 150,
  /** Letters of one text object; a context block has no other limit of its own. types, SectionBlock and TextObject */
  textObject: 3_000,
  /** types, ActionsBlock */
  actions: 25,
  /** types, Button */
  buttonText: 75,
  /** Nothing is said of links in words; this is taken for them too. */
  linkUrl: 3_000,
  /** types, StaticSelect, OptionDescriptor and Placeholdable */
  selectOptions: 100,
  optionText: 75,
  placeholder: 150,
  /** types, Confirm */
  confirmTitle: 100,
  confirmText: 300,
  confirmAnswer: 30,
  /** The line for notifications; chat.update refuses more (msg_too_long). reference/methods/chat.update */
  text: 4_000,
  /** Title, submit and close of a modal. types, ModalView */
  modalWords: 24,
  /** Label and hint of an input. types, InputBlock */
  inputWords: 2_000,
  /** MB of one file in a modal. reference/block-kit/block-elements/file-input-element */
  fileInputMb: 10,
  /** Bytes of one file in a message: Slack's help pages say 1 GB, its API pages say nothing, so a refusal must be expected. */
  uploadBytes: 1024 * 1024 * 1024,
} as const

/**
 * Letters that people read in one message; ours to choose. Slack ends a message at some 12,000 in all its blocks, frames
 * counted in a way it does not tell (msg_blocks_too_long; slackapi/bolt-js issues 2509 and 2867).
 */
export const WORDS_PER_MESSAGE = 4_000

/**
 * Edits per minute in one workspace, over all its messages. Slack promises 50 and more to the whole app (tier 3,
 * apis/web-api/rate-limits); the rest is left to what is not progress.
 */
export const EDITS_PER_MINUTE = 40

/** How long we wait for Slack; ours to choose. */
export const PATIENCE = {
  /** One small request. */
  requestMs: 15_000,
  /** One upload: 1 GB at 14 Mbit/s. */
  uploadMs: 10 * 60_000,
  /** A rate limit longer than this is handed back as "try later", so that the queue waits and not a worker. */
  rateLimitMs: 30_000,
  /** From asking for a socket to being greeted on it. */
  readyMs: 60_000,
  /** Before the second attempt at what may be done twice. */
  againMs: 1_000,
  /** Waits between looks at a file that Slack still checks, or still puts into its message. */
  fileMs: [500, 1_000, 2_000, 3_000, 4_000],
  /** Before connecting again: at once, then longer and longer. */
  reconnectMs: [0, 1_000, 2_000, 5_000, 15_000, 30_000],
  /** Waits before a token of which Slack tells nothing is asked for again. */
  tokenMs: [1_000, 4_000, 10_000],
  /** Waits before tokens that could not be written down are written down again; a refresh token is good once. */
  saveMs: [500, 2_000, 5_000, 10_000],
  /** For Slack to answer that we close the socket. */
  farewellMs: 1_000,
} as const
