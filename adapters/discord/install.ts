import type { IncomingMessage, ServerResponse } from 'node:http'
import { OAuth2Scopes } from 'discord.js'
import { neededPermissions } from './permissions.ts'

/** Handles one request of our web face, or calls `next` for what is not its own. */
export type WebHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** Where somebody who manages a server adds the bot to it, with the permissions that it needs and no more. */
export function installAddress(applicationId: string): string {
  const query = new URLSearchParams({
    client_id: applicationId,
    scope: [OAuth2Scopes.Bot, OAuth2Scopes.ApplicationsCommands].join(' '),
    permissions: neededPermissions().toString(),
  })
  return `https://discord.com/oauth2/authorize?${query}`
}

/** GET /discord/install leads there. `applicationId`: null while it is not known. */
export function installPages(applicationId: () => string | null): WebHandler {
  return (request, response, next) => {
    const id = applicationId()
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/discord/install' || !id) return next()
    response.writeHead(302, { location: installAddress(id), 'cache-control': 'no-store' }).end()
  }
}
