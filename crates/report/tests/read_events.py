"""Reads a folder of event files with TensorBoard's own reader.

Prints {tag: [[step, value], ...]} as JSON.

    pip install tensorboard && python tests/read_events.py FOLDER
"""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

# 0 keeps every point; the reader's own limit is 10,000 a tag.
accumulator = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
accumulator.Reload()
series = {
    tag: [[event.step, event.value] for event in accumulator.Scalars(tag)]
    for tag in accumulator.Tags()["scalars"]
}
print(json.dumps(series, indent=1))
