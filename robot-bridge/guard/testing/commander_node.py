#!/usr/bin/env python3
"""Commands a pretend arm on ROS 1 fifty times a second, for tests: along x at 80 mm/s, from 0.5 s on.

    commander_node.py NODE_NAME COMMAND_TOPIC QZ

QZ, of the commands' quaternions, tells them from those of others. Says on stdout, as a line of
JSON, each command's `stamp` (s, ROS time).
"""
import json
import sys

import rospy
from geometry_msgs.msg import PoseStamped

name, topic, qz = rospy.myargv()[1:]
rospy.init_node(name)
publisher = rospy.Publisher(topic, PoseStamped, queue_size=1)
rospy.sleep(0.5)
rate = rospy.Rate(50)
start = rospy.get_time()
while not rospy.is_shutdown():
    message = PoseStamped()
    message.header.stamp = rospy.Time.now()
    message.header.frame_id = "base"
    message.pose.position.x = 0.4 + 0.08 * (rospy.get_time() - start)
    message.pose.position.z = 0.3
    message.pose.orientation.z = float(qz)
    message.pose.orientation.w = (1 - float(qz) ** 2) ** 0.5
    sys.stdout.write(json.dumps({"stamp": message.header.stamp.to_sec()}) + "\n")
    sys.stdout.flush()
    publisher.publish(message)
    try:
        rate.sleep()
    except rospy.ROSInterruptException:
        pass
