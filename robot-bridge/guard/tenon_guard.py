#!/usr/bin/env python3
"""The guard between whoever commands an arm and the arm, for ROS 1 (rospy) and ROS 2 (rclpy).

Run it beside the arm's driver, with the profile that the bridge uses (docs/guard.md):

    python3 tenon_guard.py --profile my-arm.json

It lets a fresh stream of poses through and holds the arm where it is when the stream ends. This one file is all there
is: first the rules, which know nothing of ROS and are the same as those of guard.ts (cases.json is what both must do),
then a thin shell for either ROS. Python 3.8 or newer, nothing but ROS's own packages.
"""
import argparse
import collections
import json
import math
import sys
import threading
import time

# Two clocks, s: ROS time, in which messages are stamped and which may jump, and one that only ever goes forward.
Now = collections.namedtuple("Now", "ros steady")

# A PoseStamped as it came: nothing about it is to be believed. Pose in `frame`, m and [x, y, z, w]; stamp in s.
Pose = collections.namedtuple("Pose", "stamp frame position orientation")

# What an event leads to. `send`: what the arm is to be told now, or None: the very command, or the pose to hold.
# `reply`: to `arm` and `disarm`, (success, message).
Reaction = collections.namedtuple("Reaction", "send reply", defaults=(None, None))

SETTINGS = {
    "max_age": (0.15, "a command older than this is refused, s"),
    "max_ahead": (0.05, "a command from further in the future is refused, s"),
    "silence": (0.1, "longest time between two accepted commands, s"),
    "first_command": (1.0, "longest time from arming to the first accepted command, s"),
    "measured_max_age": (0.2, "a measured pose older than this is none, s"),
    "hold_every": (0.05, "how often the pose to hold is said again, s"),
}

# How far a quaternion's length may be off 1: 32-bit numbers round, zeros and NaN are neither.
UNIT_TOLERANCE = 1e-3


class Guard:
    """Rules only: no ROS, no timer, no clock."""

    def __init__(self, base, **settings):
        self.base = base
        for name, (default, _) in SETTINGS.items():
            setattr(self, name, settings.pop(name, default))
        if settings:
            raise TypeError("no such settings: " + ", ".join(settings))
        self.state = "idle"  # or armed, holding, stopped
        self.reason = "not armed yet"
        self.accepted = 0
        self.rejected = 0
        self.stamp = 0  # of the last accepted command, s
        self._armed_at = Now(0, 0)
        self._stream = None  # that is let through: (publisher, newest command, when it came, steady)
        self._measured = None  # where the arm was last: (position, orientation), and when, steady
        self._measured_complaint = "none has come"
        self._hold = None  # what the arm is told over and over until the next stream begins
        self._held_at = 0  # when it was told, steady
        self._stop_active = False
        self._owes_disarm = False  # `disarm` was asked for while the stop was pressed: done when it is released
        self._publishers = 1

    def report(self):
        """What the state topic says, as JSON."""
        names = ("state", "reason", "accepted", "rejected", "stamp")
        return {name: getattr(self, name) for name in names}

    def handle(self, now, kind, *args):
        """Events in the order in which they came, `now` never backwards on the steady clock; returns a Reaction.

        command(pose, publisher), measured(pose), stop(active), publishers(count), arm(), disarm() and tick(), which
        is expected a hundred times a second, since nothing else notices silence.
        """
        # Whatever happens now, it does not undo that there was silence before: a guard that was itself frozen sees
        # the next command first, and it may well be fresh.
        held = self._expire(now)
        reaction = getattr(self, "_on_" + kind)(now, *args)
        return Reaction(self._tell(held, now).send, reaction.reply) if held else reaction

    def _on_command(self, now, command, publisher):
        if self.state != "armed":
            self.rejected += 1
            return Reaction()
        if self._stream and publisher != self._stream[0]:
            self.rejected += 1
            reason = "two masters: %s commands as well as %s" % (publisher, self._stream[0])
            return self._tell(self._end_stream("holding", reason, now), now)
        complaint = self._complaint(command, now)
        if complaint:
            self.rejected += 1
            self.reason = "refused a command: " + complaint
            return Reaction()
        if not self._stream:
            self.reason = "obeys " + publisher
        self._stream = (publisher, command, now.steady)
        self._hold = None
        self.accepted += 1
        self.stamp = command.stamp
        return Reaction(command)

    def _on_measured(self, now, measured):
        complaint = malformed(measured, self.base) or mistimed(
            measured.stamp, self.measured_max_age, self.max_ahead, now
        )
        if not complaint:
            at = now.steady - max(0, now.ros - measured.stamp)
            self._measured = ((measured.position, measured.orientation), at)
        self._measured_complaint = complaint or "none has come since"
        return Reaction()

    def _on_stop(self, now, active):
        self._stop_active = active
        if not active and self._owes_disarm:
            self._leave_alone()
            return Reaction()
        if self.state == "stopped":
            self.reason = "emergency stop" if active else "emergency stop, released since"
            return Reaction()
        if not active:
            return Reaction()
        return self._tell(self._end_stream("stopped", "emergency stop", now), now)

    def _on_publishers(self, now, count):
        self._publishers = count
        if self.state != "armed" or count <= 1:
            return Reaction()
        reason = "two masters: %d publish commands" % count
        return self._tell(self._end_stream("holding", reason, now), now)

    def _on_arm(self, now):
        def refused(message):
            return Reaction(reply=(False, message))

        if self._stop_active:
            return refused("the emergency stop is pressed: release it first")
        if self._stream:
            return refused("%s commands already: disarm first" % self._stream[0])
        if self._publishers > 1:
            return refused("%d publish commands, expected one: end the others" % self._publishers)
        if not self._whereabouts(now):
            return refused(self._no_measurement())
        self._armed_at = now
        self._enter("armed", "waits for the first command")
        return Reaction(reply=(True, "armed: expects a command within " + milliseconds(self.first_command)))

    def _on_disarm(self, now):
        """Holds once where the arm is, and then leaves it alone; stopped, goes on holding until released."""
        if self._stop_active:
            self._owes_disarm = True
            return Reaction(reply=(True, "stopped: holds until released, and is disarmed then"))
        hold = self._end_stream("holding", "disarmed", now) if self.state == "armed" else None
        self._leave_alone()
        return Reaction(self._tell(hold, now).send, (True, "disarmed"))

    def _leave_alone(self):
        """Forgets the pose to hold: an arm that somebody moved since would be pulled back to it."""
        self._owes_disarm = False
        self._hold = None
        self._enter("idle", "disarmed")

    def _on_tick(self, now):
        if self._hold and now.steady - self._held_at >= self.hold_every:
            return self._tell(self._hold, now)
        return Reaction()

    def _expire(self, now):
        """Ends what has lasted too long; returns the pose to hold when that ends a stream."""
        if self.state != "armed":
            return None
        if self._stream and now.steady - self._stream[2] > self.silence:
            return self._end_stream("holding", "no command for " + milliseconds(self.silence), now)
        if not self._stream and now.steady - self._armed_at.steady > self.first_command:
            reason = "no command within %s of arming" % milliseconds(self.first_command)
            return self._end_stream("holding", reason, now)
        if not self._whereabouts(now):
            return self._end_stream("holding", self._no_measurement(), now)
        return None

    def _end_stream(self, state, reason, now):
        """Leaves `armed`. A stream that never began leaves the arm as it was: held already, or alone."""
        began = self._stream
        if began:
            newest = (began[1].position, began[1].orientation)
            self._hold = self._whereabouts(now) or newest
        self._stream = None
        self._enter("idle" if state == "holding" and not self._hold else state, reason)
        return self._hold if began else None

    def _whereabouts(self, now):
        """Where the arm is, unless that is not known well enough."""
        if self._measured and now.steady - self._measured[1] <= self.measured_max_age:
            return self._measured[0]
        return None

    def _no_measurement(self):
        return "no measured pose for %s: %s" % (milliseconds(self.measured_max_age), self._measured_complaint)

    def _complaint(self, command, now):
        """What is wrong with a command, if anything."""
        wrong = malformed(command, self.base) or mistimed(command.stamp, self.max_age, self.max_ahead, now)
        if wrong:
            return wrong
        if command.stamp < self._armed_at.ros:
            return "it was made before the guard was armed"
        if self._stream and command.stamp <= self._stream[1].stamp:
            return "its stamp is not after the one before"
        return None

    def _enter(self, state, reason):
        self.state, self.reason = state, reason

    def _tell(self, hold, now):
        if not hold:
            return Reaction()
        self._held_at = now.steady
        return Reaction(Pose(now.ros, self.base, *hold))


def malformed(pose, base):
    """What no pose may be, whenever it was made."""
    if pose.frame != base:
        return "expected frame %s, got %s" % (base, pose.frame or "none")
    if not all(math.isfinite(number) for number in (*pose.position, *pose.orientation)):
        return "a number is not finite"
    x, y, z, w = pose.orientation
    if abs(math.sqrt(x * x + y * y + z * z + w * w) - 1) > UNIT_TOLERANCE:
        return "the quaternion’s length is not 1"
    return None


def mistimed(stamp, max_age, max_ahead, now):
    age = now.ros - stamp
    if age > max_age:
        return "it is %s old, of at most %s" % (milliseconds(age), milliseconds(max_age))
    if age < -max_ahead:
        return "it is %s ahead of the clock here, of at most %s" % (milliseconds(-age), milliseconds(max_ahead))
    return None if math.isfinite(age) else "its stamp is not finite"  # NaN is neither


def milliseconds(seconds):
    return "%d ms" % math.floor(seconds * 1000 + 0.5)


class Node:
    """What both ROS shells share: a lock, the ticking, and messages to and from the rules.

    A shell has ros_now(), stamp_of(message) and to_time(seconds) for its kind of stamps, `arm_topic` and `state_topic`
    to publish on, and the message types PoseStamped and String. Where the arm is found among the transforms, it has
    `transforms`, a buffer of them, with `latest`, the time that stands for the newest, and `failure`, what it raises.
    """

    PERIOD = 0.01  # s
    STATE_EVERY = 0.05  # s

    def __init__(self, options, guard):
        self.options = options
        self.guard = guard
        self.lock = threading.Lock()
        self.told = None  # the state that was published last, and when, steady
        self.told_at = 0

    def handle(self, kind, *args, message=None):
        """Passes an event to the rules and does what they say; returns the reply. `message`: the command as it came.

        Publishes under the lock: nothing may overtake a hold.
        """
        with self.lock:
            now = Now(self.ros_now(), time.monotonic())
            send, reply = self.guard.handle(now, kind, *args)
            if send is not None:
                self.arm_topic.publish(message if args and send is args[0] else self.to_message(send))
            due = self.told_at + self.STATE_EVERY
            if self.guard.state != self.told or now.steady >= due:
                # From when it was due, so that it is twenty times a second and not whenever a tick comes after that.
                is_on_time = self.guard.state == self.told and now.steady < due + self.PERIOD * 2
                self.told, self.told_at = self.guard.state, due if is_on_time else now.steady
                self.state_topic.publish(self.String(data=json.dumps(self.guard.report())))
            return reply

    def start_ticking(self):
        """In a thread of its own, by the wall: simulated time may stand still, and then there is silence too."""
        threading.Thread(target=self._tick_for_ever, daemon=True).start()

    def _tick_for_ever(self):
        while self.is_running():
            try:
                self.before_tick()
                self.handle("tick")
            except Exception as error:  # whatever it is, the next tick must come
                if self.is_running():
                    self.complain("%s: %s" % (type(error).__name__, error))
            time.sleep(self.PERIOD)

    def before_tick(self):
        """What a shell must ask for, since nobody tells it."""
        if self.transforms is not None:
            transform = self.look_up()
            if transform is not None:
                self.on_transform(transform)

    def look_up(self):
        try:
            return self.transforms.lookup_transform(self.options.base, self.options.ee_frame, self.latest)
        except self.failure:
            return None  # the rules notice that nothing comes

    def on_command(self, message, publisher):
        self.handle("command", self.from_pose(message), publisher, message=message)

    def on_pose(self, message):
        self.handle("measured", self.from_pose(message))

    def on_transform(self, message):
        """A TransformStamped of the end effector in the base; of others, nothing is learnt."""
        if self.options.ee_frame and message.child_frame_id != self.options.ee_frame:
            return
        p, q = message.transform.translation, message.transform.rotation
        stamp = self.stamp_of(message)
        self.handle("measured", Pose(stamp, message.header.frame_id, (p.x, p.y, p.z), (q.x, q.y, q.z, q.w)))

    def on_stop(self, message):
        self.handle("stop", bool(message.data))

    def from_pose(self, message):
        p, q = message.pose.position, message.pose.orientation
        return Pose(self.stamp_of(message), message.header.frame_id, (p.x, p.y, p.z), (q.x, q.y, q.z, q.w))

    def to_message(self, pose):
        message = self.PoseStamped()
        message.header.stamp = self.to_time(pose.stamp)
        message.header.frame_id = pose.frame
        p, q = message.pose.position, message.pose.orientation
        p.x, p.y, p.z = (float(number) for number in pose.position)
        q.x, q.y, q.z, q.w = (float(number) for number in pose.orientation)
        return message


class Ros1(Node):
    def run(self):
        import rospy
        from geometry_msgs.msg import PoseStamped, TransformStamped
        from std_msgs.msg import Bool, String
        from std_srvs.srv import Trigger, TriggerResponse

        self.rospy, self.PoseStamped, self.String = rospy, PoseStamped, String
        options = self.options
        rospy.init_node("tenon_guard")
        # One place in each queue: nothing waits behind what is newer.
        self.arm_topic = rospy.Publisher(options.arm, PoseStamped, queue_size=1)
        self.state_topic = rospy.Publisher(options.state, String, queue_size=1)
        self.transforms = None
        if options.ee_type == "tf2_msgs/TFMessage":
            import tf2_ros

            self.transforms = tf2_ros.Buffer()
            tf2_ros.TransformListener(self.transforms)
            self.latest, self.failure = rospy.Time(0), tf2_ros.TransformException
        else:
            of_pose = options.ee_type == "geometry_msgs/PoseStamped"
            kind, callback = (PoseStamped, self.on_pose) if of_pose else (TransformStamped, self.on_transform)
            rospy.Subscriber(options.ee, kind, callback, queue_size=1, tcp_nodelay=True)
        if options.stop:
            # Every message counts: a press that is followed by its release at once is a press.
            rospy.Subscriber(options.stop, Bool, self.on_stop, tcp_nodelay=True)
        for verb in ("arm", "disarm"):
            name = "%s/%s" % (options.state, verb)
            rospy.Service(name, Trigger, lambda _, verb=verb: TriggerResponse(*self.handle(verb)))
        self.start_ticking()
        rospy.Subscriber(options.command, PoseStamped, self.on_ros1_command, queue_size=1, tcp_nodelay=True)
        rospy.spin()

    def on_ros1_command(self, message):
        self.on_command(message, message._connection_header["callerid"])

    def is_running(self):
        return not self.rospy.is_shutdown()

    def complain(self, text):
        self.rospy.logerr_throttle(1, text)

    def ros_now(self):
        return self.rospy.get_time()

    def stamp_of(self, message):
        return message.header.stamp.to_sec()

    def to_time(self, seconds):
        return self.rospy.Time.from_sec(seconds)


class Ros2(Node):
    def run(self):
        import rclpy
        from geometry_msgs.msg import PoseStamped, TransformStamped
        from rclpy.executors import ExternalShutdownException
        from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
        from rclpy.time import Time
        from std_msgs.msg import Bool, String
        from std_srvs.srv import Trigger

        self.rclpy, self.Time, self.PoseStamped, self.String = rclpy, Time, PoseStamped, String
        options = self.options
        rclpy.init(args=sys.argv)
        node = self.node = rclpy.create_node("tenon_guard")
        # One place in each queue: nothing waits behind what is newer. Best effort hears every publisher, and is
        # never sent again what came too late.
        newest = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
        self.arm_topic = node.create_publisher(PoseStamped, options.arm, QoSProfile(depth=1))
        self.state_topic = node.create_publisher(String, options.state, QoSProfile(depth=1))
        self.transforms = None
        if options.ee_type == "tf2_msgs/TFMessage":
            import tf2_ros

            self.transforms = tf2_ros.Buffer()
            self.listener = tf2_ros.TransformListener(self.transforms, node)
            self.latest, self.failure = Time(), tf2_ros.TransformException
        else:
            of_pose = options.ee_type == "geometry_msgs/PoseStamped"
            kind, callback = (PoseStamped, self.on_pose) if of_pose else (TransformStamped, self.on_transform)
            node.create_subscription(kind, options.ee, callback, newest)
        if options.stop:
            # However it is published: a subscription that asks for more than is offered hears nothing, one that asks
            # for less may miss a message, or the one that was said before it came.
            for reliability, durability in (
                (ReliabilityPolicy.BEST_EFFORT, DurabilityPolicy.VOLATILE),
                (ReliabilityPolicy.RELIABLE, DurabilityPolicy.VOLATILE),
                (ReliabilityPolicy.RELIABLE, DurabilityPolicy.TRANSIENT_LOCAL),
            ):
                quality = QoSProfile(depth=10, reliability=reliability, durability=durability)
                node.create_subscription(Bool, options.stop, self.on_stop, quality)
        for verb in ("arm", "disarm"):
            name = "%s/%s" % (options.state, verb)
            node.create_service(Trigger, name, lambda _, response, verb=verb: self.answer(verb, response))
        self.publisher = "nobody"
        self.commands = node.create_subscription(PoseStamped, options.command, self.on_ros2_command, newest)
        self.start_ticking()
        try:
            rclpy.spin(node)
        except ExternalShutdownException:
            pass

    def before_tick(self):
        """A message does not say whose it is, so whoever publishes is asked for; the one that does is the sender."""
        super().before_tick()
        publishers = self.node.get_publishers_info_by_topic(self.commands.topic_name)
        if len(publishers) == 1:
            one = publishers[0]
            gid = "".join("%02x" % byte for byte in one.endpoint_gid)
            self.publisher = "%s/%s (%s)" % (one.node_namespace.rstrip("/"), one.node_name, gid)
        self.handle("publishers", len(publishers))

    def on_ros2_command(self, message):
        self.on_command(message, self.publisher)

    def answer(self, verb, response):
        response.success, response.message = self.handle(verb)
        return response

    def is_running(self):
        return self.rclpy.ok()

    def complain(self, text):
        self.node.get_logger().error(text, throttle_duration_sec=1)

    def ros_now(self):
        return self.node.get_clock().now().nanoseconds / 1e9

    def stamp_of(self, message):
        return message.header.stamp.sec + message.header.stamp.nanosec / 1e9

    def to_time(self, seconds):
        return self.Time(nanoseconds=int(round(seconds * 1e9))).to_msg()


def from_profile(path):
    """The options that an arm's profile of the bridge names."""
    try:
        with open(path, encoding="utf-8") as file:
            profile = json.load(file)
        if profile["command"]["kind"] != "pose" or "guard" not in profile:
            raise SystemExit("%s: expected a profile with `guard`, and a `command` of kind pose" % path)
        return {
            "base": profile["frames"]["base"],
            "ee_frame": profile["frames"]["ee"],
            "command": profile["guard"]["command"],
            "state": profile["guard"]["state"],
            "arm": profile["command"]["topic"],
            "ee": profile["ee"]["topic"],
            "ee_type": profile["ee"]["type"],
            "stop": profile.get("stop", {}).get("topic"),
        }
    except (OSError, ValueError) as error:
        raise SystemExit("%s: expected an arm's profile: %s" % (path, error))
    except (KeyError, TypeError) as error:
        raise SystemExit("%s: expected an arm's profile, got none with %s" % (path, error))


def read_options(arguments):
    parser = argparse.ArgumentParser(
        description="Lets a fresh stream of poses through to an arm, and holds the arm when it ends.",
        epilog="Commands pass only after the service STATE/arm (std_srvs/Trigger) was called.",
    )
    parser.add_argument("--profile", help="the arm's profile, as the bridge uses it: names all of the following")
    topics = parser.add_argument_group("topics and frames")
    topics.add_argument("--command", help="where commands come (geometry_msgs/PoseStamped)")
    topics.add_argument("--arm", help="where the arm listens (geometry_msgs/PoseStamped)")
    topics.add_argument("--base", help="frame of commands and of the measured pose")
    topics.add_argument("--ee", help="where the end effector's measured pose comes")
    types = ("geometry_msgs/PoseStamped", "geometry_msgs/TransformStamped", "tf2_msgs/TFMessage")
    topics.add_argument("--ee-type", choices=types, help="TFMessage: it is looked up among the transforms")
    topics.add_argument("--ee-frame", help="frame of the end effector, for transforms")
    topics.add_argument("--stop", help="topic that stops the arm when it says true (std_msgs/Bool)")
    topics.add_argument("--state", help="where the guard says how it is (std_msgs/String), and its services' prefix")
    limits = parser.add_argument_group("limits, at most 2 s")
    for name, (default, text) in SETTINGS.items():
        limits.add_argument("--" + name.replace("_", "-"), type=duration, default=default, help=text)
    parser.set_defaults(command="/tenon/command", state="/tenon/guard", ee_type=types[0])
    profile = parser.parse_args(arguments).profile
    if profile:
        parser.set_defaults(**from_profile(profile))
    options = parser.parse_args(arguments)
    missing = [name for name in ("arm", "base", "ee") if not getattr(options, name)]
    if options.ee_type == "tf2_msgs/TFMessage" and not options.ee_frame:
        missing.append("ee-frame")
    if missing:
        parser.error("expected --profile, or " + " and ".join("--" + name for name in missing))
    if options.arm.strip("/") == options.command.strip("/"):
        parser.error("expected two topics, got %s for commands and for the arm" % options.arm)
    return options


def duration(text):
    seconds = float(text)
    if not 0 < seconds <= 2:
        raise argparse.ArgumentTypeError("expected more than 0 and at most 2 s, got %s" % text)
    return seconds


def main():
    shell, arguments = choose_shell()
    options = read_options(arguments)
    if shell is None:
        raise SystemExit("expected rospy or rclpy, got neither: source ROS's setup.bash first")
    guard = Guard(options.base, **{name: getattr(options, name) for name in SETTINGS})
    try:
        shell(options, guard).run()
    except KeyboardInterrupt:
        pass


def choose_shell():
    """For the ROS that is there, and the arguments that are not ROS's own."""
    try:
        import rospy

        return Ros1, rospy.myargv(sys.argv)[1:]
    except ImportError:
        pass
    try:
        from rclpy.utilities import remove_ros_args

        return Ros2, remove_ros_args(sys.argv)[1:]
    except ImportError:
        return None, sys.argv[1:]


if __name__ == "__main__":
    main()
