import type { Asked, Job } from '../job.ts'
import { formatUsd } from '../money.ts'
import type { Offer } from '../quote.ts'
import type { Approval } from '../rules.ts'
import type { Text, View } from '../view.ts'
import { approversText, lastAsked } from './approval.ts'
import { wentUpText } from './prices.ts'
import { type Payable, staysOpen } from './stops.ts'
import { alreadyAnswered, line } from './whispers.ts'

/** The requester pressed what only approvers may. */
export function nobodysOwn(): View {
  const text =
    'Nobody approves their own: somebody else has to answer this. Your press did nothing; Cancel on the card takes it back.'
  return line([text], text)
}

/** Somebody pressed who may not approve. */
export const notApprover = (approval: Approval): View =>
  line(
    ['Only ', ...approversText(approval), ' can answer this. Your press did nothing.'],
    'Only those who approve here can answer this.',
  )

/** Whether they may could not be found out. */
export const maybeApprover = (approval: Approval): View =>
  line(
    [
      'Only ',
      ...approversText(approval),
      ' can press this, and I could not find out just now whether that is you. Your press did nothing; try again in a moment.',
    ],
    'It could not be found out whether you may press this.',
  )

/** A press that would have paid was not spent: it is above the amount, and who pressed may not agree to it alone. */
export function needsApprover(job: Payable, approval: Approval, presserId: string): View {
  const own = presserId === job.requesterId
  if (job.state === 'failed' && job.failure.code === 'cancelled') return takenBackAbove(approval)
  const above = `Above ${formatUsd(approval.aboveUsd)} somebody else${own ? ' than you' : ''} has to agree here`
  const unspent = 'Nothing was charged by this press.'
  const who: Text = own ? ['; this can be pressed by '] : ['; only these can press this: ']
  return line(
    [above, ...who, ...approversText(approval), `. ${unspent} `, ...staysOpen(job)],
    `${above}. ${unspent}`,
  )
}

/** Its requester wants it again after all. */
function takenBackAbove({ aboveUsd }: Approval): View {
  const text = `Above ${formatUsd(aboveUsd)} somebody else than you has to agree here, and nobody is asked again about what you took back. Nothing was charged by this press. Ask for the clip again, and they are asked.`
  return line([text], text)
}

/** The price went up between the question to approvers and their press. */
export function dearerThanAsked(offer: Offer, requesterId: string): View {
  const text = `${wentUpText(offer)} Nothing was charged by this press. `
  return line([text, { mention: requesterId }, ' is asked again first.'], text.trim())
}

/** What became of the question to approvers, for who answers it too late. */
export function answeredBefore(job: Job): View {
  const asked = lastAsked(job)
  return asked
    ? line([...outcome(job, asked), ' Your press did nothing more.'], 'This was answered already.')
    : alreadyAnswered(job)
}

function outcome(job: Job, { answer }: Asked): Text {
  switch (answer.what) {
    case 'approved':
      return [{ mention: answer.by }, ' approved this already.']
    case 'declined':
      return [{ mention: answer.by }, ' declined this already. Nothing was charged.']
    case 'cancelled':
      return [{ mention: job.requesterId }, ' took this back. Nothing was charged.']
    case 'left':
      return ['The community removed me before this was answered. Nothing was charged.']
    case 'expired':
      return ['This offer has ended. Nothing was charged.']
    case 'dearer':
      return [
        'The price went up, so ',
        { mention: job.requesterId },
        ' is asked again first. Nothing was charged.',
      ]
  }
}
