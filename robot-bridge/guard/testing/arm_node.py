#!/usr/bin/env python3
"""A pretend arm on ROS 1, for tests: it moves towards the last pose it was told, for ever, as most real ones do.

    arm_node.py NODE_NAME TARGET_TOPIC MEASURED_TOPIC

Where it is, it says as a PoseStamped, or on /tf as transforms from `base` over `link` to `ee`.
Says on stdout, as a line of JSON, each target when it comes: `at` (s, ROS time), its `stamp`, `x` (m) and
`qz` of its quaternion: the arm itself stays upright, so that a pose to hold has 0 there.
"""
import json
import sys
import threading

import rospy
from geometry_msgs.msg import PoseStamped, TransformStamped

SPEED = 0.05  # m/s, less than it is told: where it is and where it was told to go must differ
RATE = 100  # Hz


class Arm:
    def __init__(self, target_topic, measured_topic):
        self.position = [0.4, 0.0, 0.3]
        self.target = list(self.position)
        self.lock = threading.Lock()
        if measured_topic == "/tf":
            from tf2_msgs.msg import TFMessage

            self.measured = rospy.Publisher(measured_topic, TFMessage, queue_size=1)
            self.say = self.say_transforms
        else:
            self.measured = rospy.Publisher(measured_topic, PoseStamped, queue_size=1)
            self.say = self.say_pose
        rospy.Subscriber(target_topic, PoseStamped, self.obey, tcp_nodelay=True)

    def obey(self, message):
        position = message.pose.position
        with self.lock:
            self.target = [position.x, position.y, position.z]
        heard = {
            "at": rospy.get_time(),
            "stamp": message.header.stamp.to_sec(),
            "x": position.x,
            "qz": message.pose.orientation.z,
        }
        sys.stdout.write(json.dumps(heard) + "\n")
        sys.stdout.flush()

    def step(self):
        with self.lock:
            way = [t - p for t, p in zip(self.target, self.position)]
            length = sum(d * d for d in way) ** 0.5
            share = min(1.0, SPEED / RATE / length) if length else 0.0
            self.position = [p + share * d for p, d in zip(self.position, way)]
        self.say(rospy.Time.now())

    def say_pose(self, stamp):
        message = PoseStamped()
        message.header.stamp = stamp
        message.header.frame_id = "base"
        message.pose.position.x, message.pose.position.y, message.pose.position.z = self.position
        message.pose.orientation.w = 1.0
        self.measured.publish(message)

    def say_transforms(self, stamp):
        x, y, z = self.position
        links = []
        for parent, child, translation in (("base", "link", (0, 0, z)), ("link", "ee", (x, y, 0))):
            link = TransformStamped()
            link.header.stamp = stamp
            link.header.frame_id = parent
            link.child_frame_id = child
            moved = link.transform.translation
            moved.x, moved.y, moved.z = translation
            link.transform.rotation.w = 1.0
            links.append(link)
        self.measured.publish(links)


name, *topics = rospy.myargv()[1:]
rospy.init_node(name)
arm = Arm(*topics)
rate = rospy.Rate(RATE)
while not rospy.is_shutdown():
    arm.step()
    try:
        rate.sleep()
    except rospy.ROSInterruptException:
        pass
