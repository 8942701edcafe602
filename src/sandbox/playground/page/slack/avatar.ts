import { html, type TemplateResult } from 'lit'
import type { SlackUser } from '../../../control.ts'
import { BOT_PICTURE, initialPicture } from '../avatar.ts'
import { nameOf } from './selectors.ts'

export const avatar = (user: SlackUser | undefined, size: number): TemplateResult =>
  html`<img class="s-avatar" src=${user?.is_bot ? BOT_PICTURE : initialPicture(nameOf(user), user?.color ?? '#616061')} alt="" width=${size} height=${size} />`
