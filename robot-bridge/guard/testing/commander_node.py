#!/usr/bin/env python3
"""Commands a pretend arm on ROS 1 fifty times a second, for tests: along x at 50 mm/s, starting after 0.5 s.

    commander_node.py NODE_NAME COMMAND_TOPIC

Says on stdout, as a line of JSON, each command's `stamp` (s, ROS time).
"""
import json
import sys

import rospy
from geometry_msgs.msg import PoseStamped

name, topic = rospy.myargv()[1:]
rospy.init_node(name)
publisher = rospy.Publisher(topic, PoseStamped, queue_size=1)
rospy.sleep(0.5)
rate = rospy.Rate(50)
start = rospy.get_time()
while not rospy.is_shutdown():
    message = PoseStamped()
    message.header.stamp = rospy.Time.now()
    message.header.frame_id = "base"
    message.pose.position.x = 0.4 + 0.05 * (rospy.get_time() - start)
    message.pose.position.z = 0.3
    message.pose.orientation.w = 1.0
    publisher.publish(message)
    sys.stdout.write(json.dumps({"stamp": message.header.stamp.to_sec()}) + "\n")
    sys.stdout.flush()
    try:
        rate.sleep()
    except rospy.ROSInterruptException:
        pass
