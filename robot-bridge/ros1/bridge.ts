// Our rosbridge server on a ROS 1 graph, as a process of its own, for tests that freeze or kill it.
//
//   ROS_MASTER_URI=http://127.0.0.1:11311/ node --import tsx robot-bridge/ros1/bridge.ts
//
// Says on stdout, as a line of JSON, the `url` that it listens on.
import { RosbridgeServer } from '../server/index.ts'
import { Ros1Graph } from './graph.ts'

const master = process.env.ROS_MASTER_URI
if (!master) throw new Error('expected ROS_MASTER_URI in the environment, got none')
const graph = await Ros1Graph.connect('/rosbridge_websocket', master)
const server = await RosbridgeServer.listen({ graph, port: 0 })
process.stdout.write(`${JSON.stringify({ url: server.url })}\n`)
