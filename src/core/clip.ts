/** What is known of a video file from reading it. Never taken from its name or from what somebody says of it. */
export interface Clip {
  /** Pixels as a person sees them: after rotation and pixel shape. */
  width: number
  height: number
  /** Pixels as they are stored, before rotation and pixel shape. */
  codedWidth: number
  codedHeight: number
  /** Clockwise degrees that a player turns the picture by. */
  rotation: 0 | 90 | 180 | 270
  /** Frames per second, averaged over the whole clip. */
  fps: number
  variableFps: boolean
  durationS: number
  /** "avc", "hevc", "vp8", "vp9", "av1", or null where the codec is not one of these. */
  videoCodec: string | null
  /** Null: the file has no sound. "unknown": it has sound that could not be named. */
  audioCodec: string | null
  container: 'mp4' | 'mov' | 'webm'
  sizeBytes: number
}

export const FACTORS = [1, 2, 4] as const
export type Factor = (typeof FACTORS)[number]

export const isFactor = (n: unknown): n is Factor => (FACTORS as readonly unknown[]).includes(n)

export interface Size {
  width: number
  height: number
}

/** What the upscaled video measures, in the pixels that a person sees. */
export const outputSize = (clip: Size, factor: Factor): Size => ({
  width: clip.width * factor,
  height: clip.height * factor,
})

/** The MIME type of each container that is taken in. */
export const CONTAINER_TYPES: Record<Clip['container'], string> = {
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
}
