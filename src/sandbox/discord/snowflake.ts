/** First millisecond of Discord's own calendar (docs: reference#snowflakes). */
const DISCORD_EPOCH_MS = 1_420_070_400_000n

/** The id of something that was made at `atMs`; `salt` (0 to 4,194,303) tells apart what the same millisecond made. */
export function snowflakeAt(atMs: number, salt: number): string {
  return (((BigInt(Math.floor(atMs)) - DISCORD_EPOCH_MS) << 22n) | BigInt(salt & 0x3f_ffff)).toString()
}

/** Makes ids that grow also within one millisecond and when the clock stands still or goes back. */
export function snowflakes(clock: () => number): () => string {
  let last = 0n
  return () => {
    const fresh = BigInt(snowflakeAt(clock(), 0))
    last = fresh > last ? fresh : last + 1n
    return last.toString()
  }
}
