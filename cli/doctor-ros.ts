// tenon doctor --robot ros: whether a live arm is as its profile says. It listens and asks; nothing moves.
import { type Command, Option } from 'commander'
import { checkLive, type LiveCheck } from '../robot-bridge/check-live.ts'
import { loadProfile } from '../robot-bridge/load-profile.ts'
import { UserError } from './errors.ts'
import { number } from './options.ts'
import { cameraUrlOption, connectArm, type TlsFiles, withTls } from './ros-connection.ts'
import { answer, say } from './terminal.ts'

export interface RosDoctorOptions extends TlsFiles {
  robot?: 'ros'
  url?: string
  cameraUrl?: string
  profile?: string
  seconds: number
  json?: boolean
}

/** The options of a live robot. */
export function addRosOptions(command: Command): Command {
  return withTls(
    command
      .addOption(new Option('--robot <kind>', 'check a live robot instead, against its profile').choices(['ros']))
      .option('--url <address>', 'of its rosbridge, like ws://192.168.0.10:9090')
      .addOption(cameraUrlOption())
      .option('--profile <name|file>', 'one that comes with tenon, or your own file (docs/profiles.md)')
      .addOption(new Option('--seconds <n>', 'how long to listen').argParser(number({ low: 1, high: 600 })).default(3)),
  )
}

export async function doctorRos(options: RosDoctorOptions): Promise<void> {
  const { url, profile: name, seconds, json } = options
  if (url === undefined || name === undefined) {
    throw new UserError('--robot ros needs --url and --profile, like --url ws://192.168.0.10:9090 --profile sim')
  }
  const profile = await loadProfile(name)
  const { graph, pictures, close } = await connectArm({ ...options, url }, profile)
  say(`Listening to ${url} for ${seconds} s, by the profile ${profile.name}: ${profile.description}\n`)
  let checks: LiveCheck[]
  try {
    checks = await checkLive(profile, graph, { seconds, pictures, tell: say })
  } finally {
    close()
  }
  const mark = { ok: '✓', missing: '–', failed: '✗' }
  for (const { name, state, detail, remedy } of checks) {
    say(`${mark[state]} ${name.padEnd(18)} ${detail}`)
    if (remedy && state !== 'ok') say(`${' '.repeat(21)}→ ${remedy}`)
  }
  const failed = checks.filter(({ state }) => state === 'failed')
  if (json) answer({ ok: failed.length === 0, profile: profile.name, url, checks })
  if (failed.length > 0) throw new UserError(`${failed.length} of ${checks.length} checks failed`)
  say('\nThe system is as its profile says.')
  say(`When commands stop: ${profile.watchdog}`)
}
