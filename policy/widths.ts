// Widths that the data and the network agree on; without tensors, so that a thread that only makes batches loads quickly.

/** Numbers of a pose: normalised translation, first two columns of the rotation. */
export const POSE_WIDTH = 9

/** Hidden width of the pose encoder's branches. */
export const BRANCH_WIDTH = 128

/** Dropout is applied to two hidden vectors of that width. */
export const DROPOUT_WIDTH = 2 * BRANCH_WIDTH
