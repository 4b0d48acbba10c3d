"""Times a race of 1,000 starts x 6 optimizers x 1,000 steps on the ravine in PyTorch eager and in optax.

The ravine is (1 - x)^2 + 20 (y - x^2)^2, in 64-bit floats, from points drawn over the box [-2, 2] x [-1, 3]. Every step's
points and losses are kept, as `cargo bench -p downhill-race` keeps them. PyTorch: all starts are one tensor `[1000, 2]`, so
that an eager operation works on all of them at once, the fastest way to write it; optimizers work element by element, so a
start is not changed by the others. optax: one start, `vmap` over the starts, `lax.scan` over the steps, compiled; the time
of compilation is told apart. Standard output is one JSON object.
"""

import argparse
import json
import time

import jax
import numpy as np
import torch

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp
import optax

STARTS, STEPS, REPEATS = 1000, 1000, 3
TORCH = {
    "sgd": lambda p: torch.optim.SGD(p, lr=1e-3),
    "momentum": lambda p: torch.optim.SGD(p, lr=1e-3, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=1e-3, momentum=0.9, nesterov=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=1e-2),
    "adam": lambda p: torch.optim.Adam(p, lr=1e-2, fused=True),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1, fused=True),
}
OPTAX = {
    "sgd": optax.sgd(1e-3),
    "momentum": optax.sgd(1e-3, momentum=0.9),
    "nesterov": optax.sgd(1e-3, momentum=0.9, nesterov=True),
    "rmsprop": optax.rmsprop(1e-2, decay=0.99),
    "adam": optax.adam(1e-2),
    "adagrad": optax.adagrad(0.1, initial_accumulator_value=0.0),
}


def ravine(x, y):
    return (1 - x) ** 2 + 20 * (y - x * x) ** 2


def in_torch(make, starts):
    """The points, losses and gradient norms of every step."""
    points = torch.tensor(starts, requires_grad=True)
    optimizer = make([points])
    kept = []
    for _ in range(STEPS):
        losses = ravine(points[:, 0], points[:, 1])
        optimizer.zero_grad()
        losses.sum().backward()
        kept.append((points.detach().clone(), losses.detach(), points.grad.norm(dim=1)))
        optimizer.step()
    return points.detach().numpy(), kept


def in_optax(optimizer):
    """A compiled function from starts to ends and the points, losses and gradient norms of every step."""

    def loss(point):
        return ravine(point[0], point[1])

    def walk(start):
        def step(carry, _):
            point, state = carry
            value, gradient = jax.value_and_grad(loss)(point)
            updates, state = optimizer.update(gradient, state, point)
            kept = point, value, jnp.linalg.norm(gradient)
            return (optax.apply_updates(point, updates), state), kept

        (end, _), kept = jax.lax.scan(step, (start, optimizer.init(start)), None, length=STEPS)
        return end, kept

    return jax.jit(jax.vmap(walk))


def seconds(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2, help="threads of PyTorch (JAX takes what it gets)")
    threads = parser.parse_args().threads
    torch.set_num_threads(threads)
    starts = np.random.default_rng(0).uniform([-2, -1], [2, 3], (STARTS, 2))
    found = {"torch": {}, "optax": {}, "optax compiling": {}}
    for name in TORCH:
        run = in_optax(OPTAX[name])
        found["optax compiling"][name] = seconds(lambda: jax.block_until_ready(run(starts)))
        end, _ = run(starts)
        theirs, _ = in_torch(TORCH[name], starts)
        # Both arrive at the same place, where they arrive; the libraries' epsilons differ a little in RMSProp and AdaGrad.
        sound = np.isfinite(theirs).all(axis=1) & (np.abs(theirs) < 1e3).all(axis=1)
        gap = np.median(np.abs(np.asarray(end)[sound] - theirs[sound]))
        assert gap < 1e-2, f"{name}: {gap}"
        torch_times, optax_times = [], []
        for _ in range(REPEATS):
            torch_times.append(seconds(lambda: in_torch(TORCH[name], starts)))
            optax_times.append(seconds(lambda: jax.block_until_ready(run(starts))))
        found["torch"][name], found["optax"][name] = np.median(torch_times), np.median(optax_times)
    totals = {library: round(sum(times.values()), 3) for library, times in found.items()}
    rounded = {library: {name: round(t, 3) for name, t in times.items()} for library, times in found.items()}
    print(json.dumps({"seconds": totals, "of each": rounded}, indent=1))


main()
