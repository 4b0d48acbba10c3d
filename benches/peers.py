"""Times one training step of a small network in PyTorch eager and in JAX, on one core.

Both do the same work: draw the next batch of a shuffled epoch, forward, cross-entropy, backward, Adam. PyTorch trains
one member (one training run) at a time, JAX one or many by `vmap`. Before anything is timed, both train from the same
weights on the same batches and must end with the same weights. Standard output is one JSON object; a figure is the
median over repeats, in microseconds per member and step.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time

# Before the imports: both libraries count the cores they may use when they are loaded.
CORE = min(os.sched_getaffinity(0))
os.sched_setaffinity(0, {CORE})
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jaxlib
import numpy as np
import optax
import torch

# Layer sizes, rows of the training part, batch size. The left-over rows of an epoch are dropped, so that all steps are
# the same work: 18 steps of 32 rows, 16 of 64.
CASES = [([2, 32, 32, 2], 600, 32), ([64, 64, 10], 1078, 64)]
LEARNING_RATE = 1e-3
EPOCHS = 20  # in one repeat
MIN_REPEATS = 3
# On a CPU PyTorch's default is foreach=False.
TORCH_VARIANTS = [{"foreach": False}, {"foreach": True}, {"fused": True}]


def initial_weights(rng, sizes, members):
    """PyTorch's default initialisation: per layer a weight [members, in, out] and a bias [members, out]."""
    layers = []
    for rows, cols in zip(sizes, sizes[1:]):
        bound = rows**-0.5
        weight = rng.uniform(-bound, bound, (members, rows, cols))
        bias = rng.uniform(-bound, bound, (members, cols))
        layers.append((weight.astype(np.float32), bias.astype(np.float32)))
    return layers


def random_batches(rng, rows, batch, members):
    """Row indices [steps, members, batch] of `EPOCHS` shuffled epochs, each member with its own order."""
    order = rng.permuted(np.broadcast_to(np.arange(rows, dtype=np.int32), (EPOCHS, members, rows)), axis=2)
    steps = rows // batch
    order = order[:, :, : steps * batch].reshape(EPOCHS, members, steps, batch)
    return order.swapaxes(1, 2).reshape(EPOCHS * steps, members, batch)


def torch_model(weights):
    """A ReLU network from the first member of `weights`."""
    layers = []
    for weight, bias in weights:
        linear = torch.nn.Linear(*weight[0].shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight[0].T))
            linear.bias.copy_(torch.from_numpy(bias[0]))
        layers += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def torch_train(model, optimizer, x, y, batch, orders):
    """One epoch for each permutation of the rows in `orders`."""
    full = len(x) // batch * batch
    for order in orders:
        for start in range(0, full, batch):
            rows = order[start : start + batch]
            loss = torch.nn.functional.cross_entropy(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def jax_trainer(x, y):
    """A compiled function from weights and batches [steps, members, batch] to the trained weights."""
    x, y = jax.numpy.asarray(x), jax.numpy.asarray(y)
    optimizer = optax.adam(LEARNING_RATE)

    def loss(weights, rows):
        hidden = x[rows]
        for weight, bias in weights[:-1]:
            hidden = jax.nn.relu(hidden @ weight + bias)
        weight, bias = weights[-1]
        logits = hidden @ weight + bias
        return optax.softmax_cross_entropy_with_integer_labels(logits, y[rows]).mean()

    def step(weights, state, rows):
        updates, state = optimizer.update(jax.grad(loss)(weights, rows), state, weights)
        return optax.apply_updates(weights, updates), state

    @jax.jit
    def train(weights, batches):
        start = weights, jax.vmap(optimizer.init)(weights)
        end, _ = jax.lax.scan(lambda carry, rows: (jax.vmap(step)(*carry, rows), None), start, batches)
        return end[0]

    return train


def flat(arrays):
    """All numbers of several arrays in one vector."""
    return np.concatenate([np.ravel(array) for array in arrays])


def check_agreement(sizes, x, y, batch):
    """Stops the program unless every variant walks the same way from the same weights over the same batches.

    The ends may be apart by 5 % of the way at most: not by rounding alone, since rounding that turns a ReLU on or off
    or the sign of a tiny gradient is magnified by Adam.
    """
    rng = np.random.default_rng(1)
    weights = initial_weights(rng, sizes, 1)
    order = rng.permutation(len(x)).astype(np.int32)
    steps = len(x) // batch
    start = flat(array for layer in weights for array in layer)
    trained = jax_trainer(x, y)(weights, order[: steps * batch].reshape(steps, 1, batch))
    jax_end = flat(array for layer in trained for array in layer)
    for options in TORCH_VARIANTS:
        model = torch_model(weights)
        optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, **options)
        torch_train(model, optimizer, torch.from_numpy(x), torch.from_numpy(y), batch, [torch.from_numpy(order)])
        torch_end = flat(parameter.detach().numpy().T for parameter in model.parameters())
        apart = np.linalg.norm(torch_end - jax_end) / np.linalg.norm(jax_end - start)
        if not apart < 0.05:
            sys.exit(f"PyTorch with {options} and JAX end {apart:.1%} of the way apart: they do not do the same work")


def torch_repeat(sizes, x, y, batch, options):
    """A function that trains one new member and returns the microseconds per step."""
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    rng = np.random.default_rng(2)

    def repeat():
        model = torch_model(initial_weights(rng, sizes, 1))
        optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, **options)
        start = time.perf_counter()
        torch_train(model, optimizer, x, y, batch, (torch.randperm(len(x)) for _ in range(EPOCHS)))
        return (time.perf_counter() - start) * 1e6 / (EPOCHS * (len(x) // batch))

    return repeat


def jax_repeat(sizes, x, y, batch, members):
    """A function that trains `members` new members and returns the microseconds per member and step."""
    train = jax_trainer(x, y)
    rng = np.random.default_rng(2)

    def repeat():
        weights = jax.device_put(initial_weights(rng, sizes, members))
        start = time.perf_counter()
        # Drawn by numpy: jax.random.permutation takes half as long again as the training itself.
        batches = random_batches(rng, len(x), batch, members)
        jax.block_until_ready(train(weights, batches))
        return (time.perf_counter() - start) * 1e6 / (batches.shape[0] * members)

    return repeat


def measure(repeats, seconds):
    """Calls every function in turn, so that all meet the same disturbances, about `seconds` for each of them."""
    for repeat in repeats.values():  # warm-up and compilation
        repeat()
        repeat()
    times = {name: [] for name in repeats}
    end = time.monotonic() + seconds * len(repeats)
    while time.monotonic() < end or len(times[name]) < MIN_REPEATS:
        for name, repeat in repeats.items():
            times[name].append(repeat())
    return {
        name: {"median": round(statistics.median(t), 2), "min": round(min(t), 2), "repeats": len(t)}
        for name, t in times.items()
    }


def run_case(sizes, rows, batch, members, seconds):
    """All figures of one network."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((rows, sizes[0])).astype(np.float32)
    y = rng.integers(sizes[-1], size=rows)
    check_agreement(sizes, x, y, batch)
    repeats = {}
    for options in TORCH_VARIANTS:
        name = "torch " + ",".join(f"{key}={value}" for key, value in options.items())
        repeats[name] = torch_repeat(sizes, x, y, batch, options)
    for count in sorted({1, members}):
        repeats[f"jax members={count}"] = jax_repeat(sizes, x, y, batch, count)
    figures = measure(repeats, seconds)
    fastest = min((n for n in figures if n.startswith("torch")), key=lambda n: figures[n]["median"])
    return {
        "network": "-".join(map(str, sizes)),
        "batch": batch,
        "rows": rows,
        "steps_per_repeat": EPOCHS * (rows // batch),
        "us_per_member_step": figures,
        "torch_fastest": fastest,
        "torch_us": figures[fastest]["median"],
        "jax_us": figures[f"jax members={members}"]["median"],
    }


def main():
    """Reads the arguments and prints the JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=5, help="time for each measurement (default 5)")
    parser.add_argument("--members", type=int, default=32, help="members in JAX's vmap (default 32)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cases = []
    for sizes, rows, batch in CASES:
        cases.append(run_case(sizes, rows, batch, arguments.members, arguments.seconds))
        print(cases[-1]["network"], json.dumps(cases[-1]["us_per_member_step"], indent=1), file=sys.stderr)
    versions = {"python": platform.python_version()}
    versions |= {library.__name__: library.__version__ for library in (torch, jax, jaxlib, optax, np)}
    threads = {"core": CORE, "torch": torch.get_num_threads(), "jax": len(os.sched_getaffinity(0))}
    print(json.dumps({"versions": versions, "threads": threads, "seconds": arguments.seconds,
                      "members": arguments.members, "cases": cases}, indent=2))


if __name__ == "__main__":
    main()
