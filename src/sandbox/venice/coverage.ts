/** What this stand-in covers, as data. The contract test calls every route and compares them with the router's. */

import type { Coverage } from '../control.ts'

export const COVERAGE: Coverage = {
  routes: [
    { method: 'POST', path: '/video/queue' },
    { method: 'POST', path: '/video/retrieve' },
    { method: 'POST', path: '/video/complete' },
    { method: 'POST', path: '/video/quote' },
    { method: 'GET', path: '/billing/balance' },
    { method: 'GET', path: '/billing/usage-history', note: 'JSON pages only' },
    { method: 'GET', path: '/billing/usage', note: 'answers 410, as the removed endpoint does' },
    { method: 'GET', path: '/api_keys/rate_limits' },
    {
      method: 'GET',
      path: '/models',
      note: 'lists the two upscaling models for type=video and type=all, nothing else',
    },
    { method: 'GET', path: '/files/:token', note: "the result; Venice's lies on another host" },
    { method: 'DELETE', path: '/files/:token', note: 'revokes a download link' },
  ],
  deviations: [
    'The picture is enlarged by plain scaling and a fast encoder, not enhanced.',
    'Only the models topaz-video-upscale and topaz-video-precision exist.',
    'Of topaz-video-precision only its announced prices and h264_output are known; the rest is as in topaz-video-upscale, and h264_output there is refused.',
    'A source may also be fetched over plain http from a loopback address.',
    'Sources of up to 2 GB are fetched, within 120 seconds; the real limits are not documented.',
    'The price goes by the displayed height; which height Venice uses for a rotated clip is not documented.',
    "The price is not rounded to cents; Venice's rounding is not documented.",
    'A quote by numbers knows no frame rate and takes it for 48 fps or less.',
    'Clips shorter than 0.1 s are too short; the real number is not documented.',
    'In the observed dialect a stated duration may be off by one second; the real tolerance is not documented.',
    'In the spec dialect queue tells a download_url; Venice does that for some models only (fault inline-result: not).',
    'A download_url works for five downloads; Venice says "a few".',
    'delete_media_on_completion acts only where retrieve sends the file itself.',
    'Calling complete before the clip is done answers 400; what Venice does is not documented.',
    'Requests other than queue and retrieve are limited to 500 a minute; the real number is not documented.',
    'All API keys belong to one account with a USD balance; there is no DIEM and no x402 wallet payment.',
    'usage-history answers JSON only, no CSV.',
    'With the option resultFile that one file is the result of every clip, whatever was sent, so that saving it can be measured.',
    'All prices can be multiplied, as if they had been changed (control route prices).',
    'With the option limits other numbers of requests a minute hold than the documented ones.',
    'Accepted clips and the account live in memory and end with the process.',
  ],
}
