import { afterAll, beforeAll, expect, it } from 'vitest'
import { onLeft } from '../../../src/flows/leave.ts'
import { sampleJob } from '../../kit/jobs.ts'
import { openWorld, type TestWorld } from '../../kit/world.ts'

let stage: TestWorld
beforeAll(async () => {
  stage = await openWorld()
}, 60_000)
afterAll(() => stage[Symbol.asyncDispose]())

it('what can not be written keeps nothing else from ending, and is ended when it is told again', async () => {
  const place = { ...sampleJob('quoted').place, communityId: 'left' }
  const jobs = [
    await stage.put('confirmed', { place }),
    await stage.put('confirmed', { place }),
    await stage.put('quoted', { place }),
  ]
  const states = () => Promise.all(jobs.map(async ({ id }) => (await stage.job(id)).state))
  const { store } = stage.world
  stage.world.store = {
    ...store,
    save: async (before, ...rest) => {
      if (before.id === jobs[0]!.id) throw new Error('cut')
      return store.save(before, ...rest)
    },
  }
  await expect(onLeft(stage.world, 'somewhere', 'left')).rejects.toThrow('cut')
  stage.world.store = store
  expect(await states()).toEqual(['confirmed', 'failed', 'cancelled'])
  await onLeft(stage.world, 'somewhere', 'left')
  expect(await states()).toEqual(['failed', 'failed', 'cancelled'])
})
