import { describe, expect, it } from 'vitest'
import type { Job } from '../../../src/core/job.ts'
import { type Carded, quoteCard } from '../../../src/core/messages/card.ts'
import { advance } from '../../../src/core/transitions.ts'
import type { View } from '../../../src/core/view.ts'
import { NOON, STATES, sampleClip, sampleEvents, sampleJob } from '../../kit/jobs.ts'

const names = { provider: 'Acme', creditsUrl: 'https://acme.example/credits' }
/** 544 px high: at 2x it is 8 px above 1080. */
const clip = sampleClip({ width: 968, height: 544 })
const notes = (view: View) =>
  view.parts.flatMap(part =>
    part.kind === 'note' ? [part.text.filter(s => typeof s === 'string').join('')] : [],
  )
const WHY = '2x is 1088 px high: above 1080 px, $0.10 a second x 12 s.'
const WAY = '2x lands 8 px above 1080p and costs 4 times as much; 1x costs $0.16.'

describe('the quote card, about its price', () => {
  it('says why it costs that and how to pay less, a quiet line each', () => {
    expect(notes(quoteCard(sampleJob('quoted', clip), names)).slice(0, 3)).toEqual([
      'Exact prices: Acme has read this very file.',
      WHY,
      WAY,
    ])
  })

  it('speaks of the size that is chosen now', () => {
    const chose = advance(sampleJob('quoted', clip), sampleEvents(clip).chose, NOON)
    const said = notes(quoteCard(chose as Carded, names))
    expect(said).toContain('4x is 2176 px high: above 1080 px, $0.10 a second x 12 s.')
    expect(said).not.toContain(WAY)
  })

  it.each(STATES.filter(state => state !== 'quoting' && state !== 'quoted'))(
    'when its job is %s still says why, but not what could have been chosen',
    state => {
      const said = notes(quoteCard(sampleJob(state, clip) as Carded, names))
      expect(said).toContain(WHY)
      expect(said).not.toContain(WAY)
    },
  )

  it('says nothing of tiers where the price is not what they lead to', () => {
    const job = sampleJob('quoted', clip)
    const prices = job.offer.prices.map(p => ({ ...p, priceUsd: 400_000 + p.factor * 100_000 }))
    expect(JSON.stringify(quoteCard({ ...job, offer: { ...job.offer, prices } }, names))).not.toMatch(
      /a second|px high|lands|costs/,
    )
  })

  it('whose price went up says once that nothing is charged before it is agreed to', () => {
    const { requoted } = sampleEvents()
    const card = quoteCard(advance(sampleJob('quoted') as Job, requoted, NOON) as Carded, names)
    const text = JSON.stringify(card.parts)
    expect(text).toContain('The price went up')
    expect(text.match(/charged/g)).toHaveLength(1)
  })
})
