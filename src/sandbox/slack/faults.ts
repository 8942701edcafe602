import { type Faults as FaultsOf, faultSwitches } from '../fault-switches.ts'

const DESCRIPTIONS = {
  'slack-post-lost':
    'Every new message is posted but the connection is cut before the answer, the first time: sent again it stands there twice.',
  'slack-500':
    'Every Web API call that changes something answers 500 the first time and is not carried out; sent again it works.',
  'slack-ratelimited':
    'Every Web API call answers 429 with Retry-After 1 the first time; sent again it works.',
  'slack-upload-refused': 'The workspace has switched file uploads off (file_uploads_disabled).',
  'slack-storage-full': "The workspace's storage is full: uploads are refused (storage_limit_reached).",
  'slack-slow': 'Every Web API answer comes 2 seconds after the work was done.',
  'slack-socket-drop':
    'Cuts every Socket Mode connection once (with none open, the next one as soon as it is ready), then switches itself off.',
  'slack-file-scanning':
    'New files are still being scanned: their download fails until files.info was asked twice.',
} as const

export type FaultName = keyof typeof DESCRIPTIONS

export type Faults = FaultsOf<FaultName>

export const createFaults = (): Faults => faultSwitches(DESCRIPTIONS)
