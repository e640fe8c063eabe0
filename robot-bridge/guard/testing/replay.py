"""Replays events to the rules of tenon_guard.py, for tests: JSON in, JSON out.

In: runs of [ros, steady, kind, ...arguments], poses as [stamp, frame, position, orientation], numbers that JSON does not
know as strings. Out: of each event [what was sent or null, reply or null, the state].
"""
import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from tenon_guard import Guard, Now, Pose  # noqa: E402


def to_pose(stamp, frame, position, orientation):
    return Pose(float(stamp), frame, tuple(map(float, position)), tuple(map(float, orientation)))


def replay(events):
    guard = Guard("base")
    for ros, steady, kind, *arguments in events:
        if kind in ("command", "measured"):
            arguments[0] = to_pose(*arguments[0])
        send, reply = guard.handle(Now(ros, steady), kind, *arguments)
        yield send, reply, guard.report()


sys.stdout.write(json.dumps([list(replay(events)) for events in json.load(sys.stdin)]))
