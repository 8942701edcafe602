import { asString } from '../json.ts'
import { refusal } from './errors.ts'
import { channelObject, threadMember } from './objects.ts'
import { asChannel, asMessage, demand, VIEW } from './places.ts'
import type { Route } from './rest.ts'
import { checkBody } from './schemas.ts'
import type { Stage } from './stage.ts'
import { channelChanged, editThread, openThread } from './threads.ts'

export function channelRoutes(stage: Stage): Route[] {
  const { world } = stage
  return [
    {
      method: 'GET',
      path: '/channels/:channel',
      auth: 'bot',
      major: 'channel',
      run({ params }) {
        const channel = asChannel(stage, params.channel)
        demand(stage, channel, VIEW)
        return { status: 200, body: channelObject(world, channel) }
      },
    },
    {
      method: 'PATCH',
      path: '/channels/:channel',
      auth: 'bot',
      major: 'channel',
      async run({ params, json }) {
        const channel = asChannel(stage, params.channel)
        demand(stage, channel, VIEW)
        await checkBody(channel.thread ? 'thread.edit' : 'channel.edit', json)
        if (channel.thread) editThread(stage, channel, json)
        else {
          demand(stage, channel, ['MANAGE_CHANNELS'])
          channel.name = asString(json.name) ?? channel.name
          channel.topic = json.topic === undefined ? channel.topic : (asString(json.topic) ?? null)
          channelChanged(stage, channel)
        }
        return { status: 200, body: channelObject(world, channel) }
      },
    },
    {
      method: 'POST',
      path: '/channels/:channel/messages/:message/threads',
      auth: 'bot',
      major: 'channel',
      async run({ params, json }) {
        const channel = asChannel(stage, params.channel)
        demand(stage, channel, ['CREATE_PUBLIC_THREADS'])
        const starter = asMessage(stage, channel, params.message)
        await checkBody('thread.fromMessage', json)
        return { status: 201, body: channelObject(world, openThread(stage, channel, starter, json)) }
      },
    },
    {
      method: 'POST',
      path: '/channels/:channel/threads',
      auth: 'bot',
      major: 'channel',
      async run({ params, json }) {
        const channel = asChannel(stage, params.channel)
        demand(stage, channel, ['CREATE_PUBLIC_THREADS'])
        await checkBody('thread.create', json)
        return { status: 201, body: channelObject(world, openThread(stage, channel, null, json)) }
      },
    },
    {
      method: 'PUT',
      path: '/channels/:channel/thread-members/:user',
      auth: 'bot',
      major: 'channel',
      run({ params }) {
        const channel = asChannel(stage, params.channel)
        demand(stage, channel, VIEW)
        if (!channel.thread) throw refusal('wrongChannelType')
        if (channel.thread.archived) throw refusal('threadArchived')
        const user = params.user === '@me' ? world.bot_id : (params.user ?? '')
        if (!world.members.has(user)) throw refusal('unknownMember')
        if (user !== world.bot_id) demand(stage, channel, ['SEND_MESSAGES_IN_THREADS'])
        channel.thread.members.add(user)
        return { status: 204 }
      },
    },
    {
      method: 'GET',
      path: '/channels/:channel/thread-members',
      auth: 'bot',
      major: 'channel',
      run({ params }) {
        const channel = asChannel(stage, params.channel)
        demand(stage, channel, VIEW)
        if (!channel.thread) throw refusal('wrongChannelType')
        return { status: 200, body: [...channel.thread.members].map(user => threadMember(channel, user)) }
      },
    },
  ]
}
