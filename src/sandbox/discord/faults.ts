import { type Faults as FaultsOf, faultSwitches } from '../fault-switches.ts'

const DESCRIPTIONS = {
  'discord-500':
    'Every POST to the REST API is answered 500 the first time and not carried out; sent again to the same address it works.',
  'discord-lost-answer':
    'Every new message is posted but its answer is lost (500) the first time: sent again without a nonce it stands there twice.',
  'discord-slow': 'Every REST answer comes 2 seconds after the work was done.',
  'gateway-drop':
    'Cuts every gateway connection once (with none open, the next one as soon as it is ready), then switches itself off.',
  'clip-vanished': 'Files given to a slash command are gone from the CDN (404), as after their lifetime.',
  'cdn-slow': 'The CDN sends files at about 100 kB per second.',
} as const

export type FaultName = keyof typeof DESCRIPTIONS

export type Faults = FaultsOf<FaultName>

export const createFaults = (): Faults => faultSwitches(DESCRIPTIONS)
