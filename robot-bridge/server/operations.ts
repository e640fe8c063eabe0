// The operations of the rosbridge protocol, version 2, as clients write them.
import { z } from 'zod'

const name = z.string().min(1)
const id = z.string().optional()

const OPERATIONS = z.discriminatedUnion('op', [
  z.object({ op: z.literal('advertise'), id, topic: name, type: name, latch: z.boolean().optional() }),
  z.object({ op: z.literal('unadvertise'), id, topic: name }),
  z.object({ op: z.literal('publish'), id, topic: name, msg: z.unknown(), latch: z.boolean().optional() }),
  z.object({
    op: z.literal('subscribe'),
    id,
    topic: name,
    type: name.optional(),
    /** ms; rosbridge refuses fractions */
    throttle_rate: z.int().min(0).default(0),
    queue_length: z.int().min(0).default(0),
    /** accepted and ignored: what rosbridge sends in fragments, no client can put together */
    fragment_size: z.int().nullish(),
    compression: z.string().default('none'),
  }),
  z.object({ op: z.literal('unsubscribe'), id, topic: name }),
  z.object({
    op: z.literal('call_service'),
    id,
    service: name,
    /** by name, or in the order of the definition */
    args: z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]).nullish(),
  }),
  z.object({ op: z.literal('advertise_service'), id, service: name, type: name }),
  z.object({ op: z.literal('unadvertise_service'), id, service: name }),
  z.object({
    op: z.literal('service_response'),
    id: z.string(),
    service: name,
    values: z.unknown(),
    result: z.boolean().default(true),
  }),
  z.object({ op: z.literal('status'), id, level: z.string(), msg: z.unknown() }),
  z.object({ op: z.literal('set_level'), id, level: z.string() }),
])
export type Operation = z.infer<typeof OPERATIONS>
type Of<Op extends Operation['op']> = Extract<Operation, { op: Op }>
export type Subscribe = Of<'subscribe'>
export type CallService = Of<'call_service'>
export type ServiceResponse = Of<'service_response'>

/** What a client sent is no operation; `id` is its own, if it has one. */
export class OperationError extends Error {
  override readonly name = 'OperationError'
  readonly id: string | undefined

  constructor(message: string, id?: string) {
    super(message)
    this.id = id
  }
}

/** Throws an OperationError. */
export function parseOperation(text: string): Operation {
  const value = parseJson(text)
  const parsed = OPERATIONS.safeParse(value)
  if (parsed.success) return parsed.data
  const { op, id: given } = (value ?? {}) as { op?: unknown; id?: unknown }
  const [issue] = parsed.error.issues
  const where = issue?.path.join('.') ?? ''
  const what = typeof op === 'string' ? op : 'a message'
  throw new OperationError(
    `${what}${where && ` ${where}`}: ${issue?.message}`,
    typeof given === 'string' ? given : undefined,
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new OperationError(`expected JSON, got ${JSON.stringify(text.slice(0, 60))}: ${(error as Error).message}`)
  }
}
