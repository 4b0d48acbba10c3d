"""Reference trajectories of methods that evaluate or average more than a rule does, in float64.

Writes methods.json beside itself: L-BFGS, EMA and SWA by PyTorch, Lookahead by optax. For each case the start and [step, x, y]
after the listed steps, numbers as text. For averages x, y are those of the average ("average": true).
Needs: pip install torch optax jax numpy.
"""
import json, pathlib
import jax, jax.numpy as jnp, optax, torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

jax.config.update("jax_enable_x64", True)
FUNCTIONS = {
    "rosenbrock20": (lambda p: (1 - p[0]) ** 2 + 20 * (p[1] - p[0] ** 2) ** 2, (-1.2, 1.0)),
    "bowl10": (lambda p: 0.5 * (p[0] ** 2 + 10 * p[1] ** 2), (5.0, 1.0)),
}
SHORT, LONG = (1, 2, 3, 5, 8, 10, 12), (1, 2, 3, 5, 10, 20, 50, 100)


def row(step, point):
    return [step, *[repr(float(v)) for v in point]]


class Point(torch.nn.Module):
    def __init__(self, start):
        super().__init__()
        self.p = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))


def lbfgs(function, start, **arguments):
    model = Point(start)
    optimizer = torch.optim.LBFGS(
        model.parameters(), max_iter=1, max_eval=26, tolerance_grad=0, tolerance_change=1e-9,
        line_search_fn="strong_wolfe", **arguments,
    )

    def closure():
        optimizer.zero_grad()
        loss = function(model.p)
        loss.backward()
        return loss

    rows, before = [], None
    for step in range(1, SHORT[-1] + 1):
        optimizer.step(closure)
        if model.p.tolist() == before:
            break  # Its tolerance_change ends the walk: slopes above -1e-9 count as none.
        before = model.p.tolist()
        if step in SHORT:
            rows.append(row(step, model.p.tolist()))
    return rows


def averaged(function, start, optimizer, average, takes, **arguments):
    model = Point(start)
    mean = AveragedModel(model, **({"multi_avg_fn": average} if average else {}))
    optimizer = optimizer(model.parameters(), **arguments)
    rows = []
    for step in range(1, LONG[-1] + 1):
        optimizer.zero_grad()
        function(model.p).backward()
        optimizer.step()
        if takes(step):
            mean.update_parameters(model)
        if step in LONG:
            rows.append(row(step, (mean.module.p if mean.n_averaged > 0 else model.p).tolist()))
    return rows


def lookahead(function, start, which, **arguments):
    optimizer = optax.lookahead(optax.sgd(arguments["lr"]), arguments["k"], arguments["alpha"])
    params = optax.LookaheadParams.init_synced(jnp.array(start))
    state, rows = optimizer.init(params), []
    for step in range(1, LONG[-1] + 1):
        updates, state = optimizer.update(jax.grad(function)(params.fast), state, params)
        params = optax.apply_updates(params, updates)
        if step in LONG:
            rows.append(row(step, getattr(params, which)))
    return rows


CASES = {
    "lbfgs": (False, lambda f, s: lbfgs(f, s, lr=1.0, history_size=10)),
    "lbfgs history 2 lr 0.5": (False, lambda f, s: lbfgs(f, s, lr=0.5, history_size=2)),
    "ema sgd": (True, lambda f, s: averaged(f, s, torch.optim.SGD, get_ema_multi_avg_fn(0.9), lambda t: True, lr=0.005)),
    "swa adam": (True, lambda f, s: averaged(f, s, torch.optim.Adam, None, lambda t: t > 20 and t % 5 == 0, lr=0.1)),
    "lookahead fast": (False, lambda f, s: lookahead(f, s, "fast", lr=0.005, k=5, alpha=0.5)),
    "lookahead slow": (True, lambda f, s: lookahead(f, s, "slow", lr=0.005, k=5, alpha=0.5)),
}

cases = {
    f"{fname}/{name}": {"start": start, "average": average, "trajectory": make(function, start)}
    for fname, (function, start) in FUNCTIONS.items()
    for name, (average, make) in CASES.items()
}
out = {"torch": torch.__version__, "optax": optax.__version__, "dtype": "float64", "cases": cases}
pathlib.Path(__file__).with_name("methods.json").write_text(json.dumps(out, indent=1) + "\n")
