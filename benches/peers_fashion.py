"""Times one whole training run on fashion-mnist in PyTorch, on all cores.

Reads the four IDX files, splits, scales, trains 784-128-10 (ReLU) with Adam for five epochs, and measures loss and
accuracy over all of the training and validation parts before the first step and after every epoch, and of the test
part at the end. Standard output is one JSON object, times in seconds.
"""

import argparse
import gzip
import json
import os
import pathlib
import platform
import time

IMPORT_START = time.perf_counter()
import numpy as np
import torch

IMPORT_SECONDS = time.perf_counter() - IMPORT_START

EPOCHS = 5
BATCH = 128
CHUNK = 1024  # rows at a time when measuring
LEARNING_RATE = 1e-3
VALIDATION_FRACTION = 0.2


def read_idx(path):
    """The bytes of a gzipped IDX file, in the shape that its header gives."""
    raw = gzip.decompress(path.read_bytes())
    dims = raw[3]
    shape = np.frombuffer(raw, ">i4", dims, offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * dims).reshape(shape)


def load(folder, name):
    """Features [rows, 784] and labels [rows] of `train` or `t10k`, as bytes."""
    images = read_idx(folder / f"{name}-images-idx3-ubyte.gz")
    return images.reshape(len(images), -1), read_idx(folder / f"{name}-labels-idx1-ubyte.gz")


def stratified_split(labels, rng):
    """Rows of the training and of the validation part, with the same share of each class in both."""
    train, validation = [], []
    for label in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == label))
        cut = len(rows) - round(len(rows) * VALIDATION_FRACTION)
        train.append(rows[:cut])
        validation.append(rows[cut:])
    return np.concatenate(train), np.concatenate(validation)


def prepare(folder, seed):
    """The training, validation and test parts, each a pair of scaled features and labels."""
    images, labels = load(folder, "train")
    train, validation = stratified_split(labels, np.random.default_rng(seed))
    raw = [(images[train], labels[train]), (images[validation], labels[validation]), load(folder, "t10k")]
    parts = [(torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.int64)) for x, y in raw]
    std, mean = torch.std_mean(parts[0][0], dim=0, correction=0)
    std[std == 0] = 1  # a constant column becomes 0
    for x, _ in parts:
        x.sub_(mean).div_(std)
    return parts


def build(variant):
    """The network and its optimizer; the first optimizer of a process makes PyTorch import more of itself."""
    model = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
    options = {} if variant == "default" else {variant: True}
    return model, torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, **options)


@torch.no_grad()
def measure(model, part):
    """Mean loss and accuracy over all rows of a part."""
    loss, correct = 0.0, 0
    for x, y in zip(part[0].split(CHUNK), part[1].split(CHUNK)):
        logits = model(x)
        loss += torch.nn.functional.cross_entropy(logits, y, reduction="sum").item()
        correct += (logits.argmax(1) == y).sum().item()
    return {"loss": loss / len(part[1]), "accuracy": correct / len(part[1])}


def train_epoch(model, optimizer, part):
    """One shuffled epoch, the last partial batch included."""
    x, y = part
    for rows in torch.randperm(len(x)).split(BATCH):
        loss = torch.nn.functional.cross_entropy(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def run(folder, seed, variant):
    """One whole run: the seconds of its parts and the figures at its end.

    `work` is loading, training and evaluation; `whole` adds PyTorch's imports and the building of the network.
    """
    seconds = {"import": IMPORT_SECONDS, "loading": 0.0, "building": 0.0, "training": 0.0, "evaluation": 0.0}

    def timed(name, function, *arguments):
        start = time.perf_counter()
        result = function(*arguments)
        seconds[name] += time.perf_counter() - start
        return result

    torch.manual_seed(seed)
    train, validation, test = timed("loading", prepare, folder, seed)
    model, optimizer = timed("building", build, variant)
    for epoch in range(EPOCHS + 1):
        if epoch > 0:
            timed("training", train_epoch, model, optimizer, train)
        final = {"train": timed("evaluation", measure, model, train),
                 "validation": timed("evaluation", measure, model, validation)}
    final["test"] = timed("evaluation", measure, model, test)
    seconds["work"] = seconds["loading"] + seconds["training"] + seconds["evaluation"]
    seconds["whole"] = seconds["work"] + seconds["import"] + seconds["building"]
    return {name: round(value, 3) for name, value in seconds.items()}, final


def main():
    """Reads the arguments and prints the JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path, help="folder of the four IDX .gz files")
    parser.add_argument("--seed", type=int, default=0, help="of the split, the weights and the order (default 0)")
    parser.add_argument("--variant", choices=["fused", "foreach", "default"], default="fused",
                        help="implementation of Adam (default fused)")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="threads (default: one per core)")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    seconds, final = run(arguments.folder, arguments.seed, arguments.variant)
    versions = {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__}
    print(json.dumps({"versions": versions, "variant": arguments.variant, "cores": len(os.sched_getaffinity(0)),
                      "threads": torch.get_num_threads(), "seconds": seconds, "final": final}, indent=2))


if __name__ == "__main__":
    main()
