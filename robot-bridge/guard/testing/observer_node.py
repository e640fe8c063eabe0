#!/usr/bin/env python3
"""Writes down whatever comes on topics of ROS 1, byte for byte, for tests.

    observer_node.py TOPIC…

Says on stdout, as a line of JSON, each message when it comes: `topic`, `at` (s, ROS time), `publisher` and `bytes` in hex.
"""
import json
import sys
import threading

import rospy

lock = threading.Lock()


def write_down(message, topic):
    seen = {
        "topic": topic,
        "at": rospy.get_time(),
        "publisher": message._connection_header["callerid"],
        "bytes": message._buff.hex(),
    }
    with lock:
        sys.stdout.write(json.dumps(seen) + "\n")
        sys.stdout.flush()


rospy.init_node("observer")
for name in rospy.myargv()[1:]:
    rospy.Subscriber(name, rospy.AnyMsg, write_down, callback_args=name, tcp_nodelay=True)
rospy.spin()
