import { describe, expect, it } from 'vitest'
import { type Clip, type Factor, isFactor } from '../../../src/core/clip.ts'
import { cheaperWay, whyItCosts } from '../../../src/core/ladder.ts'
import { cheaperText, whyText } from '../../../src/core/messages/prices.ts'
import { fromDollars } from '../../../src/core/money.ts'
import { estimateUsd, TOPAZ_VIDEO_PRECISION, TOPAZ_VIDEO_UPSCALE } from '../../../src/core/pricing.ts'
import { makeOffer, type Offer } from '../../../src/core/quote.ts'
import { NOON, sampleClip } from '../../kit/jobs.ts'

/**
 * Clips, as a person sees them (turned: stored lying, played standing), the size asked for, and below each what the
 * card says of it. "asks": what the provider asks for 1x, 2x and 4x, where that is not what its list says.
 */
const TABLE = `
640x360, 30 fps, 12 s, 1x
  1x is 360 px high: up to 720 px, $0.013 a second x 12 s.
  2x costs what 1x costs here.
640x360, 30 fps, 12 s, 2x
  2x is 720 px high: up to 720 px, $0.013 a second x 12 s.
640x360, 30 fps, 12 s, 4x
  4x is 1440 px high: above 1080 px, $0.10 a second x 12 s.
642x361, 30 fps, 10 s, 2x
  2x is 722 px high: 721 to 1080 px, $0.025 a second x 10 s.
  2x lands 2 px above 720p and costs about twice as much; 1x costs $0.13.
654x368, 30 fps, 10 s, 2x, successor
  2x is 736 px high: 721 to 1080 px, $0.025 a second x 10 s.
  2x lands 16 px above 720p and costs twice as much; 1x costs $0.13.
854x480, 30 fps, 10 s, 2x
  2x is 960 px high: 721 to 1080 px, $0.025 a second x 10 s.
1280x720, 30 fps, 10 s, 1x
  1x is 720 px high: up to 720 px, $0.013 a second x 10 s.
1280x720, 30 fps, 10 s, 2x
  2x is 1440 px high: above 1080 px, $0.10 a second x 10 s.
  4x costs what 2x costs here.
1282x721, 24 fps, 10 s, 1x
  1x is 721 px high: 721 to 1080 px, $0.025 a second x 10 s.
  1x lands 1 px above 720p and costs about twice as much.
960x540, 30 fps, 10 s, 2x
  2x is 1080 px high: 721 to 1080 px, $0.025 a second x 10 s.
968x544, 30 fps, 10 s, 2x
  2x is 1088 px high: above 1080 px, $0.10 a second x 10 s.
  2x lands 8 px above 1080p and costs 4 times as much; 1x costs $0.13.
968x544, 30 fps, 10 s, 2x, successor
  2x is 1088 px high: above 1080 px, $0.075 a second x 10 s.
  2x lands 8 px above 1080p and costs 3 times as much; 1x costs $0.13.
968x544, 30 fps, 10 s, 4x
  4x is 2176 px high: above 1080 px, $0.10 a second x 10 s.
484x272, 30 fps, 10 s, 4x
  4x is 1088 px high: above 1080 px, $0.10 a second x 10 s.
  4x lands 8 px above 1080p and costs 4 times as much; 2x costs $0.13.
480x270, 30 fps, 10 s, 4x
  4x is 1080 px high: 721 to 1080 px, $0.025 a second x 10 s.
1056x594, 30 fps, 10 s, 2x
  2x is 1188 px high: above 1080 px, $0.10 a second x 10 s.
  2x lands 108 px above 1080p and costs 4 times as much; 1x costs $0.13.
1058x595, 30 fps, 10 s, 2x
  2x is 1190 px high: above 1080 px, $0.10 a second x 10 s.
  4x costs what 2x costs here.
1934x1088, 30 fps, 10 s, 1x
  1x is 1088 px high: above 1080 px, $0.10 a second x 10 s.
  1x lands 8 px above 1080p and costs 4 times as much.
1920x1080, 30 fps, 30 s, 1x
  1x is 1080 px high: 721 to 1080 px, $0.025 a second x 30 s.
1920x1080, 30 fps, 30 s, 2x
  2x is 2160 px high: above 1080 px, $0.10 a second x 30 s.
  4x costs what 2x costs here.
3840x2160, 25 fps, 300 s, 4x
  4x is 8640 px high: above 1080 px, $0.10 a second x 300 s.
7680x4320, 25 fps, 5 s, 2x
  2x is 8640 px high: above 1080 px, $0.10 a second x 5 s.
640x360, 48 fps, 10 s, 2x
  2x is 720 px high: up to 720 px, $0.013 a second x 10 s.
640x360, 48 fps, 10 s, 2x, successor
  2x is 720 px high: up to 720 px, $0.0125 a second x 10 s. 48 fps doubles it.
  A clip below 48 fps costs half.
640x360, 48.004 fps, 10 s, 4x
  4x is 1440 px high: above 1080 px, $0.10 a second x 10 s. 48.004 fps doubles it.
  A clip of 48 fps or less costs half.
854x480, 50 fps, 10 s, 4x
  4x is 1920 px high: above 1080 px, $0.10 a second x 10 s. 50 fps doubles it.
  A clip of 48 fps or less costs half.
854x480, 60 fps, 10 s, 2x
  2x is 960 px high: 721 to 1080 px, $0.025 a second x 10 s. 60 fps doubles it.
968x544, 50 fps, 10 s, 2x
  2x is 1088 px high: above 1080 px, $0.10 a second x 10 s. 50 fps doubles it.
  2x lands 8 px above 1080p and costs 4 times as much; 1x costs $0.26.
640x360, 47.95 fps, 10 s, 2x, successor
  2x is 720 px high: up to 720 px, $0.0125 a second x 10 s.
640x360, 49.2 fps, 10 s, varying, 1x
  1x is 360 px high: up to 720 px, $0.013 a second x 10 s. 49.2 fps on average doubles it.
  2x costs what 1x costs here.
180x320, 30 fps, 2 s, turned, 2x
  Your clip is turned, so 2x is 640 or 360 px high: either way up to 720 px, $0.013 a second x 2 s.
540x960, 30 fps, 10 s, turned, 2x
  Your clip is turned, and 2x is priced as 1920 px high: above 1080 px, $0.10 a second x 10 s.
  4x costs what 2x costs here.
360x640, 30 fps, 10 s, turned, 2x
  Your clip is turned, and 2x is priced as 1280 px high: above 1080 px, $0.10 a second x 10 s.
  4x costs what 2x costs here.
360x640, 30 fps, 10 s, turned, 2x, estimate
  Your clip is turned; counted by its dearer side, 2x is 1280 px high: above 1080 px, $0.10 a second x 10 s.
  4x costs what 2x costs here.
360x640, 30 fps, 10 s, turned, 2x, asks 0.13 0.13 1
  Your clip is turned, and 2x is priced as 720 px high: up to 720 px, $0.013 a second x 10 s.
360x640, 30 fps, 10 s, turned, 2x, estimate, asks 0.13 0.13 1
306x544, 30 fps, 10 s, turned, 2x, asks 0.13 1 1
  Your clip is turned, and 2x is priced as 1088 px high: above 1080 px, $0.10 a second x 10 s.
  2x lands 8 px above 1080p and costs 4 times as much; 1x costs $0.13.
306x544, 30 fps, 10 s, turned, 2x, estimate, asks 0.13 0.25 1
272x306, 30 fps, 10 s, turned, 4x
  Your clip is turned, so 4x is 1224 or 1088 px high: either way above 1080 px, $0.10 a second x 10 s.
544x544, 50 fps, 10 s, turned, 2x
  2x is 1088 px high: above 1080 px, $0.10 a second x 10 s. 50 fps doubles it.
  2x lands 8 px above 1080p and costs 4 times as much; 1x costs $0.26.
968x544, 30 fps, 10 s, 2x, asks 0.12 0.96 0.96
  2x is 1088 px high: above 1080 px.
  2x lands 8 px above 1080p, where it costs more; 1x costs $0.12.
968x544, 30 fps, 10 s, 2x, asks 0.13 1.5 1.5
  4x costs what 2x costs here.
968x544, 30 fps, 10 s, 2x, asks 1 1 1
  2x is 1088 px high: above 1080 px, $0.10 a second x 10 s.
  4x costs what 2x costs here.
968x544, 30 fps, 10 s, 2x, asks 0.13 1 0.9
  2x is 1088 px high: above 1080 px, $0.10 a second x 10 s.
  4x costs less here: $0.90.
640x360, 60 fps, 10 s, 2x, asks 0.13 0.13 1
320x180, 30 fps, 0.15 s, 2x
  2x is 360 px high: up to 720 px, $0.013 a second x 0.15 s.
  4x costs what 2x costs here.
360x480, 30 fps, 10 s, turned, 2x, successor, asks 0.13 0.25 0.75
  Your clip is turned, and 2x is priced as 960 px high: 721 to 1080 px, $0.025 a second x 10 s.
360x480, 48.5 fps, 10 s, turned, varying, 2x, successor, asks 0.13 0.25 0.75
1934x1088, 30 fps, 10 s, 1x, asks 0.95 0.95 0.95
  1x is 1088 px high: above 1080 px.
  2x and 4x cost what 1x costs here.
`

/** Each clip with the lines below it. */
const ROWS = TABLE.trim()
  .split(/\n(?! )/)
  .map(block => {
    const [asked = '', ...lines] = block.split('\n').map(line => line.trim())
    return { asked, lines }
  })

function read(asked: string): { clip: Clip; offer: Offer } {
  const [size = '', fps = '', seconds = '', ...marks] = asked.split(', ')
  const [width = 0, height = 0] = size.split('x').map(Number)
  const clip = sampleClip({
    width,
    height,
    fps: Number.parseFloat(fps),
    durationS: Number.parseFloat(seconds),
    rotation: marks.includes('turned') ? 90 : 0,
    variableFps: marks.includes('varying'),
  })
  const profile = marks.includes('successor') ? TOPAZ_VIDEO_PRECISION : TOPAZ_VIDEO_UPSCALE
  const asks = marks
    .find(mark => mark.startsWith('asks '))
    ?.split(' ')
    .slice(1)
    .map(Number)
  const usd = (factor: Factor, index: number) =>
    asks ? fromDollars(asks[index]!) : estimateUsd(profile, clip, factor)
  const factor = marks.map(mark => Number.parseInt(mark, 10)).find(isFactor)!
  const prices = new Map(profile.factors.map((f, index) => [f, usd(f, index)]))
  const kind = marks.includes('estimate') ? 'estimate' : 'exact'
  return { clip, offer: makeOffer(clip, factor, { kind, prices }, { now: NOON, profile }) }
}

describe('which tier a price is in, and how to pay less', () => {
  it('is looked at for 30 clips or more', () => expect(ROWS.length).toBeGreaterThanOrEqual(30))

  it.each(ROWS)('is said for $asked', ({ asked, lines }) => {
    const priced = read(asked)
    const why = whyItCosts(priced)
    const way = cheaperWay(priced)
    expect([...(why ? [whyText(why, priced.clip)] : []), ...(way ? [cheaperText(way)] : [])]).toEqual(lines)
  })
})
