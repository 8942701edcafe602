/** The sandbox's control routes for Slack from the browser; see ../../../control.ts. */
import type {
  SlackFile,
  SlackMemberPost,
  SlackMembership,
  SlackMessage,
  SlackPress,
  SlackShortcut,
  SlackSlash,
  SlackState,
  SlackSubmit,
  SlackSubmitAnswer,
  SlackTicket,
} from '../../../control.ts'
import { call } from '../call.ts'

export const slackSandbox = {
  state: () => call<SlackState>('GET', '/slack/state'),
  upload(file: File, userId: string, teamId: string) {
    const query = new URLSearchParams({ filename: file.name, user_id: userId, team_id: teamId })
    return call<SlackFile>('POST', `/slack/files?${query}`, file)
  },
  message: (post: SlackMemberPost) => call<SlackMessage>('POST', '/slack/message', post),
  slash: (use: SlackSlash) => call<SlackTicket>('POST', '/slack/slash', use),
  shortcut: (use: SlackShortcut) => call<SlackTicket>('POST', '/slack/shortcut', use),
  press: (use: SlackPress) => call<SlackTicket>('POST', '/slack/press', use),
  submit: (use: SlackSubmit) => call<SlackSubmitAnswer>('POST', '/slack/submit', use),
  closeView: (userId: string, viewId: string) =>
    call<void>('POST', '/slack/close-view', { user_id: userId, view_id: viewId }),
  membership: (change: SlackMembership) => call<void>('POST', '/slack/membership', change),
  install: (teamId: string, installUrl: string) =>
    call<{ location: string }>('POST', '/slack/install', {
      team_id: teamId,
      ...(installUrl ? { install_url: installUrl } : {}),
    }),
}
