"""Trains a run and reads its events with TensorBoard's own reader: they must hold what metrics.csv holds."""

import csv
import pathlib
import subprocess
import tempfile

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

TAGS = {
    "loss/train": "train_loss",
    "loss/validation": "val_loss",
    "accuracy/train": "train_accuracy",
    "accuracy/validation": "val_accuracy",
    "optimizer/learning rate": "lr",
    "optimizer/gradient norm": "grad_norm",
    "optimizer/update ratio": "update_ratio",
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        subprocess.run(["target/release/downhill", "train", "iris", "--quiet", "--out", str(run)], check=True, stdout=subprocess.DEVNULL)
        rows = list(csv.DictReader((run / "metrics.csv").open()))
        events = EventAccumulator(str(run)).Reload()
        assert sorted(events.Tags()["scalars"]) == sorted(TAGS), events.Tags()["scalars"]
        for tag, column in TAGS.items():
            written = [(int(row["step"]), float(row[column])) for row in rows if row[column]]
            read = [(event.step, event.value) for event in events.Scalars(tag)]
            assert [step for step, _ in read] == [step for step, _ in written], tag
            for (_, a), (_, b) in zip(read, written):
                assert abs(a - b) <= 1e-6 * max(1.0, abs(b)), (tag, a, b)
        print(f"{len(rows)} rows, {len(TAGS)} tags: TensorBoard reads what was written")


main()
