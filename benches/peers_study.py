"""Times a part of `downhill compare spirals -o sgd -o momentum -o adam -o adamw` in PyTorch eager, and extrapolates.

A study of defaults is 4 optimizers x (24 x 3 + 20) trials x 2,000 updates, 736,000 updates in all, of 2-32-32-2 on
batches of 32 from 600 rows, with losses and accuracies over all 600 training and 200 validation rows at 41 moments of
each trial. This does so many trials of each optimizer, one after the other on one core, as they would be written in
PyTorch, and multiplies. Standard output is one JSON object.
"""

import argparse
import json
import os
import time

CORE = min(os.sched_getaffinity(0))
os.sched_setaffinity(0, {CORE})

import torch

ROWS, VALIDATION, BATCH, STEPS, LOGGED = 600, 200, 32, 2000, 50
TRIALS = 24 * 3 + 20
OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=1e-2),
    "momentum": lambda p: torch.optim.SGD(p, lr=1e-2, momentum=0.9),
    # The fastest of its implementations on these sizes.
    "adam": lambda p: torch.optim.Adam(p, lr=1e-3, fused=True),
    "adamw": lambda p: torch.optim.AdamW(p, lr=1e-3, fused=True),
}


def network():
    """2-32-32-2 with ReLU."""
    layers = [torch.nn.Linear(2, 32), torch.nn.ReLU(), torch.nn.Linear(32, 32), torch.nn.ReLU(), torch.nn.Linear(32, 2)]
    return torch.nn.Sequential(*layers)


def measure(model, x, y):
    """Loss and accuracy over a part."""
    with torch.no_grad():
        outputs = model(x)
        loss = torch.nn.functional.cross_entropy(outputs, y)
        return loss.item(), (outputs.argmax(1) == y).float().mean().item()


def trial(make, train, val, steps):
    """One trial of so many updates."""
    model = network()
    optimizer = make(model.parameters())
    (x, y), at = train, ROWS
    best = float("inf")
    for step in range(steps):
        if step % LOGGED == 0:
            measure(model, x, y)
            best = min(best, measure(model, *val)[0])
        if at >= ROWS:
            order, at = torch.randperm(ROWS), 0
        rows = order[at : at + BATCH]
        at += BATCH
        loss = torch.nn.functional.cross_entropy(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=2, help="trials of each optimizer that are timed")
    trials = parser.parse_args().trials
    torch.set_num_threads(1)
    torch.manual_seed(0)
    part = lambda rows: (torch.randn(rows, 2), torch.randint(0, 2, (rows,)))
    train, val = part(ROWS), part(VALIDATION)
    seconds = {}
    for name, make in OPTIMIZERS.items():
        trial(make, train, val, 100)  # warm-up
        began = time.perf_counter()
        for _ in range(trials):
            trial(make, train, val, STEPS)
        seconds[name] = (time.perf_counter() - began) / trials
    result = {
        "torch": torch.__version__,
        "timed_trials_of_each": trials,
        "seconds_of_a_trial": {name: round(s, 3) for name, s in seconds.items()},
        "us_per_member_step": {name: round(s / STEPS * 1e6, 1) for name, s in seconds.items()},
        "extrapolated_seconds_of_the_study": round(sum(seconds.values()) * TRIALS, 1),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
