#!/usr/bin/env python3
"""A pretend arm on ROS 1, for tests: it moves towards the last pose it was told, for ever, as most real ones do.

    arm_node.py TARGET_TOPIC MEASURED_TOPIC

Says on stdout, as a line of JSON, each target when it comes: `at` (s, ROS time), `stamp` and `x`.
"""
import json
import sys
import threading

import rospy
from geometry_msgs.msg import PoseStamped

SPEED = 0.1  # m/s
RATE = 100  # Hz


class Arm:
    def __init__(self, target_topic, measured_topic):
        self.position = [0.4, 0.0, 0.3]
        self.target = list(self.position)
        self.lock = threading.Lock()
        self.measured = rospy.Publisher(measured_topic, PoseStamped, queue_size=1)
        rospy.Subscriber(target_topic, PoseStamped, self.obey, tcp_nodelay=True)

    def obey(self, message):
        position = message.pose.position
        with self.lock:
            self.target = [position.x, position.y, position.z]
        heard = {"at": rospy.get_time(), "stamp": message.header.stamp.to_sec(), "x": position.x}
        sys.stdout.write(json.dumps(heard) + "\n")
        sys.stdout.flush()

    def step(self):
        with self.lock:
            way = [t - p for t, p in zip(self.target, self.position)]
            length = sum(d * d for d in way) ** 0.5
            share = min(1.0, SPEED / RATE / length) if length else 0.0
            self.position = [p + share * d for p, d in zip(self.position, way)]
        message = PoseStamped()
        message.header.stamp = rospy.Time.now()
        message.header.frame_id = "base"
        message.pose.position.x, message.pose.position.y, message.pose.position.z = self.position
        message.pose.orientation.w = 1.0
        self.measured.publish(message)


rospy.init_node("arm")
arm = Arm(*rospy.myargv()[1:])
rate = rospy.Rate(RATE)
while not rospy.is_shutdown():
    arm.step()
    try:
        rate.sleep()
    except rospy.ROSInterruptException:
        pass
