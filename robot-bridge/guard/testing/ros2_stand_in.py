"""Runs the guard's ROS 2 shell against a stand-in for rclpy, for tests: ROS 2 is not in Debian.

It has the few calls that the shell makes, as rclpy's documentation has them, and is as strict as rclpy about types. What
happens: an arm is measured at 100 Hz; the guard is armed, commanded, left alone; armed again, commanded, and then a second
publisher appears. Says as JSON what the arm was told and what the guard said.
"""
import json
import pathlib
import sys
import threading
import time
import types

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))


class Strict:
    """A message whose fields keep their types, as rclpy's do."""

    FIELDS = {}

    def __init__(self, **values):
        for name, make in self.FIELDS.items():
            object.__setattr__(self, name, make())
        for name, value in values.items():
            setattr(self, name, value)

    def __setattr__(self, name, value):
        expected = type(self.FIELDS[name]())
        assert isinstance(value, expected), "%s must be %s, got %r" % (name, expected, value)
        object.__setattr__(self, name, value)


def message(name, **fields):
    return type(name, (Strict,), {"FIELDS": fields})


Stamp = message("Time", sec=int, nanosec=int)
Header = message("Header", stamp=Stamp, frame_id=str)
Point = message("Point", x=float, y=float, z=float)
Quaternion = message("Quaternion", x=float, y=float, z=float, w=float)
PoseOnly = message("Pose", position=Point, orientation=Quaternion)
PoseStamped = message("PoseStamped", header=Header, pose=PoseOnly)
TransformStamped = message("TransformStamped", header=Header, child_frame_id=str)
Bool = message("Bool", data=bool)
String = message("String", data=str)
Response = message("Trigger_Response", success=bool, message=str)


class Time:
    def __init__(self, *, nanoseconds=0):
        assert isinstance(nanoseconds, int)
        self.nanoseconds = nanoseconds

    def to_msg(self):
        return Stamp(sec=self.nanoseconds // 10**9, nanosec=self.nanoseconds % 10**9)


def now():
    return Time(nanoseconds=time.time_ns())


class QoSProfile:
    def __init__(self, *, depth, reliability="reliable", durability="volatile"):
        self.depth, self.reliability, self.durability = depth, reliability, durability


class Node:
    def __init__(self):
        self.callbacks, self.services, self.published, self.publishers = {}, {}, [], []

    def create_publisher(self, kind, topic, quality):
        def publish(one):
            assert isinstance(one, kind)
            self.published.append((topic, one))

        return types.SimpleNamespace(publish=publish)

    def create_subscription(self, kind, topic, callback, quality):
        self.callbacks.setdefault(topic, []).append((kind, quality, callback))
        return types.SimpleNamespace(topic_name=topic)

    def create_service(self, kind, name, callback):
        self.services[name] = callback

    def get_publishers_info_by_topic(self, topic):
        return self.publishers if topic == "/tenon/command" else []

    def get_clock(self):
        return types.SimpleNamespace(now=now)

    def get_logger(self):
        return types.SimpleNamespace(error=lambda text, **_: print(text, file=sys.stderr))

    def deliver(self, topic, one):
        for kind, quality, callback in self.callbacks[topic]:
            assert isinstance(one, kind)
            callback(one)

    def call(self, service):
        response = self.services[service](object(), Response())
        return response.success, response.message


node = Node()
is_running = True


def pose_at(x):
    header = Header(stamp=now().to_msg(), frame_id="base")
    pose = PoseOnly(position=Point(x=x, y=0.0, z=0.3), orientation=Quaternion(x=0.0, y=0.0, z=0.0, w=1.0))
    return PoseStamped(header=header, pose=pose)


def publisher(name, byte):
    return types.SimpleNamespace(node_namespace="/", node_name=name, endpoint_gid=[byte] * 16)


def measure_for_ever():
    while is_running:
        node.deliver("/arm/pose", pose_at(0.4))
        time.sleep(0.01)


def stream(steps, start):
    for step in range(steps):
        node.deliver("/tenon/command", pose_at(start + step / 1000))
        time.sleep(0.02)


def spin(_):
    """What happens while the shell spins."""
    global is_running
    replies = [node.call("/tenon/guard/arm")]  # not measured yet
    threading.Thread(target=measure_for_ever, daemon=True).start()
    node.publishers = [publisher("rosbridge", 1)]
    time.sleep(0.1)
    replies.append(node.call("/tenon/guard/arm"))
    stream(10, 0.5)
    time.sleep(0.8)
    replies.append(node.call("/tenon/guard/arm"))
    stream(3, 0.6)
    time.sleep(0.1)
    node.publishers = [publisher("rosbridge", 1), publisher("other", 2)]
    time.sleep(0.1)
    replies.append(node.call("/tenon/guard/arm"))
    node.deliver("/tenon/stop", Bool(data=True))
    replies.append(node.call("/tenon/guard/disarm"))
    is_running = False
    time.sleep(0.05)
    told = [[one.pose.position.x, one.header.frame_id] for topic, one in node.published if topic == "/arm/target"]
    states = [json.loads(one.data) for topic, one in node.published if topic == "/tenon/guard"]
    json.dump({"replies": replies, "told": told, "states": states}, sys.stdout)


def module(name, **members):
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name]).update(members)


module("rclpy", init=lambda args: None, create_node=lambda name: node, ok=lambda: is_running, spin=spin)
module("rclpy.utilities", remove_ros_args=lambda args: args)
module("rclpy.executors", ExternalShutdownException=type("ExternalShutdownException", (Exception,), {}))
module(
    "rclpy.qos",
    QoSProfile=QoSProfile,
    ReliabilityPolicy=types.SimpleNamespace(BEST_EFFORT="best effort", RELIABLE="reliable"),
    DurabilityPolicy=types.SimpleNamespace(VOLATILE="volatile", TRANSIENT_LOCAL="transient local"),
)
module("rclpy.time", Time=Time)
module("geometry_msgs")
module("geometry_msgs.msg", PoseStamped=PoseStamped, TransformStamped=TransformStamped)
module("std_msgs")
module("std_msgs.msg", Bool=Bool, String=String)
module("std_srvs")
module("std_srvs.srv", Trigger=object())
sys.modules["rospy"] = None  # not there, whatever is installed

import tenon_guard  # noqa: E402

tenon_guard.main()
