import { describe, expect, it } from 'vitest'
import type { Job, JobIn } from '../../../src/core/job.ts'
import {
  answeredApprovalView,
  approvalNews,
  approvalView,
  lastAsked,
} from '../../../src/core/messages/approval.ts'
import {
  answeredBefore,
  dearerThanAsked,
  maybeApprover,
  needsApprover,
  nobodysOwn,
  notApprover,
} from '../../../src/core/messages/approval-whispers.ts'
import { overCap, whileFrozen } from '../../../src/core/messages/caps.ts'
import { failureView } from '../../../src/core/messages/failure.ts'
import { stopped } from '../../../src/core/messages/stops.ts'
import { advance, type JobEvent } from '../../../src/core/transitions.ts'
import type { Button, View } from '../../../src/core/view.ts'
import { NOON, sampleApproval, sampleEvents, sampleJob } from '../../kit/jobs.ts'
import { linesOf } from '../../kit/plain.ts'

const names = { provider: 'Acme', creditsUrl: 'https://acme.example/credits' }
const said = (view: View | null) => linesOf(view ?? undefined).join('\n')
const waiting = sampleJob('awaiting_approval')
const { approved, declined, cancelled, expired } = sampleEvents()
const dearer: JobEvent = {
  type: 'requoted',
  offer: {
    ...waiting.offer,
    wasUsd: 156_000,
    prices: waiting.offer.prices.map(price => ({ ...price, priceUsd: 250_000 })),
  },
}
const after = (event: JobEvent): Job => advance(waiting, event, NOON + 60_000)
const answered = (event: JobEvent) => {
  const job = after(event) as JobIn<'declined'>
  return { job, asked: lastAsked(job)! }
}

describe('the question to approvers', () => {
  const view = approvalView(waiting, names)

  it('says who asks for what, what it costs, why it is asked, whom, and until when', () => {
    expect(linesOf(view)).toEqual([
      '@77 asks for 2x of clip.mp4 for $0.16.',
      '640x360 · 30 fps · 0:12 · H.264 · sound becomes 1280x720',
      'Above $0.10 somebody else has to agree here: @approvers, @88 or whoever manages this place.',
      'Nothing is charged before somebody approves. The offer ends #.',
    ])
  })

  it('notifies the groups and people who may approve, and never its requester', () => {
    const approval = sampleApproval({ people: ['88', '77'] })
    expect(approvalView({ ...waiting, approval }, names)).toMatchObject({
      notifies: ['88'],
      notifiesGroups: ['approvers'],
    })
  })

  it('names whoever manages the place where nobody else is named', () => {
    const approval = sampleApproval({ groups: [], people: [] })
    expect(said(approvalView({ ...waiting, approval }, names))).toContain('here: whoever manages this place.')
  })

  it('has the price on its button, and asks once more before it is paid', () => {
    const [approve, decline] = view.controls.flat() as Button[]
    expect([approve?.label, decline?.label]).toEqual(['Approve $0.16', 'Decline'])
    expect(approve?.ask?.text).toBe('Acme charges $0.16, once, for 2x (1280x720) of clip.mp4')
    expect(approve?.action).toEqual({ name: 'approve', jobId: 'abc', version: waiting.version })
  })

  it.each([
    ['approved', approved, 'Approved by @88 at #.'],
    ['declined', declined, 'Declined by @88 at #. Nothing was charged.'],
    ['taken back', cancelled, 'Taken back at #. Nothing was charged.'],
    [
      'of a community that left',
      { type: 'cancelled', left: true },
      'The community removed me before this was answered. Nothing was charged.',
    ],
    ['ended', expired, 'The offer has ended, and nobody had answered. Nothing was charged.'],
    ['dearer', dearer, 'The price went up to $0.25 at #. Nothing was charged; @77 is asked again first.'],
  ] as const)('that is %s keeps its facts, loses its buttons and says so', (_how, event, ending) => {
    const { job, asked } = answered(event)
    const closed = answeredApprovalView(job, asked)
    expect(closed.parts.slice(0, 3)).toEqual(view.parts.slice(0, 3))
    expect(linesOf(closed).at(-1)).toBe(ending)
    expect([closed.controls, closed.notifies, closed.notifiesGroups]).toEqual([[], [], undefined])
  })

  it('that was declined, became dearer or ended is news to its requester; any other answer is not', () => {
    const news = (event: JobEvent) => {
      const { job, asked } = answered(event)
      return approvalNews(job, asked)
    }
    expect(said(news(declined))).toBe(
      '@77, @88 declined clip.mp4. Nothing was charged. Ask again for another size or another clip.',
    )
    expect(said(news(dearer))).toContain('went up to $0.25 before somebody approved it. Nothing was charged.')
    expect(said(news(expired))).toBe(
      '@77, the offer for clip.mp4 ended before somebody approved it. Nothing was charged. Ask again for a fresh price.',
    )
    expect([dearer, expired].map(event => news(event)?.notifies)).toEqual([['77'], ['77']])
    expect([approved, cancelled].map(news)).toEqual([null, null])
  })
})

describe('a press on it', () => {
  it.each([
    [approved, '@88 approved this already. Your press did nothing more.'],
    [declined, '@88 declined this already. Nothing was charged. Your press did nothing more.'],
    [cancelled, '@77 took this back. Nothing was charged. Your press did nothing more.'],
    [
      { type: 'cancelled', left: true } as const,
      'The community removed me before this was answered. Nothing was charged. Your press did nothing more.',
    ],
    [expired, 'This offer has ended. Nothing was charged. Your press did nothing more.'],
    [
      dearer,
      'The price went up, so @77 is asked again first. Nothing was charged. Your press did nothing more.',
    ],
  ] as const)('after %j says how it ended', (event, text) => {
    expect(said(answeredBefore(after(event)))).toBe(text)
  })

  it('by who may not, or of whom that could not be found out, says who may', () => {
    expect(said(nobodysOwn())).toContain('Nobody approves their own')
    expect(said(notApprover(waiting.approval))).toBe(
      'Only @approvers, @88 or whoever manages this place can answer this. Your press did nothing.',
    )
    expect(said(maybeApprover(waiting.approval))).toContain(
      'I could not find out just now whether that is you',
    )
  })

  it('that may not be spent says why, and until when the question stays open', () => {
    const open = 'Nothing was charged by this press. The question stays open until #.'
    const breach = { cap: 'jobUsd', limit: 1, used: 0, wanted: 156_000, resetsAt: null } as const
    const facts = { offer: waiting.offer, presserId: '88', now: NOON }
    expect(said(overCap(waiting, breach, facts))).toContain(open)
    expect(said(whileFrozen(waiting, { scope: 'community', by: '9', at: NOON }))).toContain(open)
    expect(said(stopped(waiting, { code: 'key_refused' }, names))).toContain(open)
    const offer = { ...waiting.offer, wasUsd: 100_000 }
    expect(said(dearerThanAsked(offer, '77'))).toBe(
      'The price went up: 2x costs $0.16 now, was $0.10. Nothing was charged by this press. @77 is asked again first.',
    )
  })
})

describe('trying again above the amount', () => {
  const failed = { ...sampleJob('failed'), approvedBy: '88' }

  it('says to its requester, and to others who may not, who can', () => {
    expect(said(needsApprover(failed, sampleApproval(), '77'))).toBe(
      'Above $0.10 somebody else than you has to agree here; this can be pressed by @approvers, @88 or whoever manages this place. Nothing was charged by this press. You can still try again until #.',
    )
    expect(said(needsApprover(sampleJob('unconfirmed'), sampleApproval(), '99'))).toBe(
      'Above $0.10 somebody else has to agree here; only these can press this: @approvers, @88 or whoever manages this place. Nothing was charged by this press. The question stays open.',
    )
  })

  it('of what its requester took back says that it has to be asked for again', () => {
    const takenBack = { ...failed, failure: { code: 'cancelled', charged: 'no' } } as const
    expect(said(needsApprover(takenBack, sampleApproval(), '77'))).toContain(
      'nobody is asked again about what you took back. Nothing was charged by this press. Ask for the clip again',
    )
  })

  it('of what was approved once says who can', () => {
    expect(said(failureView(failed, names))).toContain(
      'It needs an approval again: whoever approves here can',
    )
  })
})
