import { type Clip, type Factor, outputSize } from './clip.ts'

/**
 * Jobs that take about as long as each other: the same model, and, by powers of two, as many pixels to make.
 * "topaz-video-upscale/10" is around 2^10 million pixels over all frames.
 */
export function runKind(model: string, clip: Clip, factor: Factor): string {
  const { width, height } = outputSize(clip, factor)
  const megapixels = (width * height * clip.fps * clip.durationS) / 1e6
  return `${model}/${Math.max(0, Math.round(Math.log2(Math.max(1, megapixels))))}`
}
