/** Every answer of Venice that is not a 200, in Venice's own words (error-codes page and OpenAPI, 2026-08-21). */

/** Thrown by a handler and turned into the answer by the router. */
export class Refusal extends Error {
  readonly status: number
  readonly body: Record<string, unknown>
  constructor(status: number, body: Record<string, unknown>) {
    super(typeof body.error === 'string' ? body.error : JSON.stringify(body.error))
    this.name = 'Refusal'
    this.status = status
    this.body = body
  }
}

const plain = (status: number, code: string, error: string, more: Record<string, unknown> = {}) => ({
  status,
  body: { error, code, ...more },
})

export const ANSWERS = {
  invalidModel: plain(400, 'INVALID_MODEL', 'Invalid model specified'),
  invalidVideo: plain(
    400,
    'INVALID_VIDEO_FORMAT',
    'Invalid video format. Supported formats include MP4, MOV, WebM, MKV, AVI, and others.',
  ),
  badKey: plain(401, 'AUTHENTICATION_FAILED', 'Authentication failed'),
  inactiveKey: plain(
    401,
    'AUTHENTICATION_FAILED_INACTIVE_KEY',
    'Authentication failed - Pro subscription is inactive. Please upgrade your subscription to continue using the API',
  ),
  proOnly: plain(401, 'PRO_ONLY_MODEL', 'This model is only available to Pro users'),
  noCredit: plain(
    402,
    'INSUFFICIENT_BALANCE',
    'Insufficient USD or Diem balance to complete request. Visit https://venice.ai/settings/api to add credits.',
  ),
  spendLimit: plain(
    402,
    'API_KEY_USD_SPEND_LIMIT_EXCEEDED',
    'API key USD spend limit exceeded. Your account may still have USD balance, but this API key has reached its configured USD spending limit.',
  ),
  diemLimit: plain(
    402,
    'API_KEY_DIEM_SPEND_LIMIT_EXCEEDED',
    'API key DIEM spend limit exceeded. Your account may still have DIEM balance, but this API key has reached its configured DIEM spending limit.',
  ),
  // OpenAPI: X402InferencePaymentRequired; the wallet and token addresses are left out.
  paymentRequired: plain(402, 'PAYMENT_REQUIRED', 'Payment required', {
    message: 'Insufficient x402 balance',
    suggestedTopUpUsd: 10,
    minimumTopUpUsd: 5,
    supportedTokens: ['USDC'],
    supportedChains: ['base'],
    topUpInstructions: {
      step1: 'POST /api/v1/x402/top-up with no payment header to get payment requirements',
      step2: 'Sign a USDC transfer authorization using the x402 SDK (createPaymentHeader)',
      step3: 'POST /api/v1/x402/top-up with the signed X-402-Payment header',
      network: 'eip155:8453',
      minimumAmountUsd: 5,
    },
  }),
  // What a request is told in which no key was found: another form of 402, not of 401.
  authRequired: {
    status: 402,
    body: {
      error: 'Authentication required',
      authOptions: {
        apiKey: { header: 'Authorization: Bearer <API_KEY>', getKey: 'https://venice.ai/settings/api' },
        x402Wallet: { header: 'X-Sign-In-With-X', topUp: 'POST /api/v1/x402/top-up' },
      },
    },
  },
  unauthorized: plain(403, 'UNAUTHORIZED', 'Unauthorized access'),
  accessDisabled: plain(
    403,
    'API_ACCESS_DISABLED',
    'API access has been disabled for this account. Please contact support@venice.ai',
  ),
  region: {
    status: 403,
    body: {
      error:
        'The specified model is unavailable in your region. Use of Tor, VPNs, proxies, or other means to circumvent this restriction is a violation of our Terms of Service.',
    },
  },
  notFound: plain(
    404,
    'MEDIA_NOT_FOUND',
    'Media could not be found. Request may be invalid, expired, or deleted.',
  ),
  needsConsent: {
    status: 409,
    body: {
      error: {
        code: 'needs_consent',
        message: 'Additional consent is required before this request can be queued',
      },
      consent_flow: 'seedance',
      face_media_roles: ['video'],
      consent: {
        consent_version: '2026-08',
        policy_text: 'You confirm that you have the right to use this media.',
      },
      docs_url: 'https://docs.venice.ai/guides/media/seedance-face-consent',
    },
  },
  linkUsedUp: { status: 410, body: { error: 'This download link has expired or was used up.' } },
  usageGone: {
    status: 410,
    body: { error: 'This endpoint has been removed. Use /billing/usage-history instead.' },
  },
  tooLarge: plain(
    413,
    'PAYLOAD_TOO_LARGE',
    'The request payload is too large. Please reduce the size of your request.',
  ),
  wrongType: plain(415, 'INVALID_CONTENT_TYPE', 'Invalid request content-type'),
  tooLong: plain(422, 'VIDEO_DURATION_TOO_LONG', 'Video duration exceeds the maximum allowed.', {
    credits_refunded: true,
  }),
  tooShort: plain(422, 'VIDEO_DURATION_TOO_SHORT', 'Video duration is too short.'),
  contentPolicy: plain(
    422,
    'CONTENT_POLICY_VIOLATION',
    "Your generation was blocked due to the model provider's content policies. Credits have been refunded.",
    { credits_refunded: true },
  ),
  rateLimited: plain(429, 'RATE_LIMIT_EXCEEDED', 'Rate limit exceeded'),
  overloaded: plain(429, 'MODEL_OVERLOADED', 'The model is currently overloaded. Please try again later.'),
  blocked: {
    status: 429,
    body: {
      error:
        'Too many failed attempts (> 20) resulting in a non-success status code. Please wait 30s and try again.',
    },
  },
  inferenceFailed: plain(500, 'INFERENCE_FAILED', 'Inference processing failed'),
  unknownError: plain(500, 'UNKNOWN_ERROR', 'An unknown error occurred'),
  badGateway: { status: 502, body: { error: 'Bad gateway' } },
  atCapacity: plain(503, 'MODEL_AT_CAPACITY', 'The model is at capacity. Please try again later.'),
  timedOut: plain(
    504,
    'REQUEST_TIMEOUT',
    'The request took too long to complete and was timed-out. For long-running inference requests, use the streaming API by setting `stream=true` in your request.',
  ),
} as const satisfies Record<string, { status: number; body: Record<string, unknown> }>

export type AnswerName = keyof typeof ANSWERS

export function refuse(name: AnswerName): Refusal {
  return new Refusal(ANSWERS[name].status, ANSWERS[name].body)
}

/** A 400 that names the fields at fault, in the shape of Venice's DetailedError. */
export function badRequest(error: string, fields: Record<string, string> = {}): Refusal {
  const details = Object.fromEntries(
    Object.entries(fields).map(([name, text]) => [name, { _errors: [text] }]),
  )
  return new Refusal(400, {
    error,
    ...(Object.keys(fields).length > 0 ? { details: { _errors: [], ...details } } : {}),
  })
}

/** Provider's refusal of an accepted job, answered by retrieve (OpenAPI: ProviderContentPolicyError). */
export function providerPolicy(refunded: boolean): Refusal {
  const money = refunded ? 'Credits have been refunded.' : 'Credits are not refunded.'
  return new Refusal(422, {
    error: {
      message: `The selected model provider rejected this request due to its content policies. ${money}`,
      type: 'provider_content_policy',
      credits_refunded: refunded,
    },
  })
}
