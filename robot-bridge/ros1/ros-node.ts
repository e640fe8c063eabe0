// A node of ROS 1 in this process, on this machine's own addresses only.
import { RosNode } from '@foxglove/ros1'
import { TcpServerNode, TcpSocketNode } from '@foxglove/ros1/nodejs'
import { HttpServerNodejs } from '@foxglove/xmlrpc/nodejs'

const HOST = '127.0.0.1'

export async function startRosNode(name: string, rosMasterUri: string): Promise<RosNode> {
  const node = new RosNode({
    name,
    hostname: HOST,
    pid: process.pid,
    rosMasterUri,
    httpServer: new HttpServerNodejs(),
    tcpSocketCreate: TcpSocketNode.Create,
    tcpServer: await TcpServerNode.Listen({ host: HOST, port: 0 }),
  })
  await node.start()
  return node
}
