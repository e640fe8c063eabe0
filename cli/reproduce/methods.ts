// What is compared: policies, each a preset and what it changes in it.
import type { PresetName } from '../../policy/index.ts'

export interface Method {
  preset: PresetName
  /** settings that replace those of the preset, as in a file for `tenon train --config` */
  changes?: object
  /** for the page */
  summary: string
}

export const METHODS = {
  pose: { preset: 'edge-pose', summary: 'the pose alone' },
  'pose-mlp': {
    preset: 'edge-pose',
    changes: { model: { encoder: 'mlp' } },
    summary: 'the pose alone, through a plain encoder',
  },
  gated: {
    preset: 'edge-rgbd',
    changes: { model: { fusion: 'gated' } },
    summary: 'pose and picture, fused by a gate as published',
  },
  concat: {
    preset: 'edge-rgbd',
    changes: { model: { fusion: 'concat' } },
    summary: 'pose and picture side by side',
  },
  corrected: { preset: 'edge-rgbd', summary: 'our own: the picture corrects the pose' },
  rgbd: {
    preset: 'edge-rgbd',
    changes: { model: { fusion: 'rgbd', image: { trackedReachM: null } } },
    summary: 'the picture alone',
  },
} as const satisfies Record<string, Method>

export type MethodName = keyof typeof METHODS
export const METHOD_NAMES = Object.keys(METHODS) as MethodName[]
