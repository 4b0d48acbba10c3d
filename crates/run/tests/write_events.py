"""Writes fixtures/events.tfevents with TensorBoard's own writer, for the test of exact bytes.

    pip install tensorboard && python tests/write_events.py
"""

import pathlib

from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

WALL_TIME = 1_700_000_000.25
STEPS = [  # (step, [(tag, value)])
    (0, [("loss/train", 2.25), ("loss/validation", 2.5)]),
    (1, [("loss/train", 0.0)]),
    (300, [("loss/train", float("inf")), ("é", -1e-30)]),
    (-1, [("loss/train", 1.0)]),
]

events = [event_pb2.Event(wall_time=WALL_TIME, file_version="brain.Event:2")]
for step, values in STEPS:
    summary = summary_pb2.Summary(
        value=[summary_pb2.Summary.Value(tag=tag, simple_value=value) for tag, value in values]
    )
    # Step 0 is the protocol buffer's default, which its writer leaves out.
    events.append(event_pb2.Event(wall_time=WALL_TIME + 1.0, step=step, summary=summary))

path = pathlib.Path(__file__).parent / "fixtures" / "events.tfevents"
with open(path, "wb") as file:
    writer = RecordWriter(file)
    for event in events:
        writer.write(event.SerializeToString())
    writer.flush()
