/** The sandbox's control routes for Discord and Venice from the browser; see ../../control.ts. */
import type {
  Attachment,
  ComponentUse,
  DiscordState,
  FaultSwitch,
  InteractionTicket,
  MemberPost,
  MessageCommandUse,
  MessageDeletion,
  SandboxMessage,
  SlashUse,
  VeniceBook,
} from '../../control.ts'
import { call } from './call.ts'

export const sandbox = {
  state: () => call<DiscordState>('GET', '/discord/state'),
  upload: (file: File) =>
    call<Attachment>('POST', `/discord/attachments?filename=${encodeURIComponent(file.name)}`, file),
  slash: (use: SlashUse) => call<InteractionTicket>('POST', '/discord/slash', use),
  press: (use: ComponentUse) => call<InteractionTicket>('POST', '/discord/press', use),
  post: (post: MemberPost) => call<SandboxMessage>('POST', '/discord/message', post),
  messageCommand: (use: MessageCommandUse) =>
    call<InteractionTicket>('POST', '/discord/message-command', use),
  remove: (deletion: MessageDeletion) => call<void>('POST', '/discord/delete', deletion),
  book: () => call<VeniceBook>('GET', '/venice/book'),
  setCredit: (usd: number) => call<void>('POST', '/venice/credit', { usd }),
  faults: () => call<FaultSwitch[]>('GET', '/faults'),
  setFault: (name: string, on: boolean) => call<FaultSwitch[]>('POST', '/faults', { name, on }),
}
