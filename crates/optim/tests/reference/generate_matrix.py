"""Reference trajectories of the rules that see a whole matrix, in float64.

Writes matrix.json beside itself. f(W) = |A W - B|^2 / 2 with the matrices below, W as [inputs, outputs], and the two
functions of torch.json, whose point is a matrix of one row. Adafactor is PyTorch's own, LARS and LAMB are optax's;
Muon, Shampoo and SOAP are written out here, with numpy's eigenvectors. Muon's is checked against PyTorch's, which
computes in bfloat16. Needs: pip install torch optax jax numpy.
"""
import json, math, pathlib
import jax, numpy as np, optax, torch

jax.config.update("jax_enable_x64", True)
STEPS = (1, 2, 3, 5, 10, 20, 50, 100)
A3 = [[1.0, 0.5, -0.3], [0.2, 1.5, 0.4], [-0.7, 0.1, 2.0], [0.6, -0.9, 0.3]]
A2 = [[1.0, -0.4], [0.3, 1.7], [-0.8, 0.9], [0.5, 0.2]]
B2 = [[1.0, -2.0], [0.5, 0.3], [-1.5, 0.7], [2.0, 1.1]]
B3 = [[1.0, -2.0, 0.4], [0.5, 0.3, -1.2], [-1.5, 0.7, 0.9], [2.0, 1.1, -0.6]]


def squares(a, b):
    a, b = np.array(a), np.array(b)
    return lambda w: a.T @ (a @ w - b)


PROBLEMS = {
    # name: (gradient, start, A, B)
    "tall": (squares(A3, B2), [[0.5, -1.0], [2.0, 0.3], [-0.7, 1.2]], A3, B2),
    "wide": (squares(A2, B3), [[0.5, -1.0, 2.0], [0.3, -0.7, 1.2]], A2, B3),
    "rosenbrock20": (lambda w: np.array([[-2 * (1 - w[0, 0]) - 80 * w[0, 0] * (w[0, 1] - w[0, 0] ** 2),
                                          40 * (w[0, 1] - w[0, 0] ** 2)]]), [[-1.2, 1.0]], None, None),
    "bowl10": (lambda w: w * np.array([[1.0, 10.0]]), [[5.0, 1.0]], None, None),
}


def run(gradient, start, step):
    """[step, values in row-major order] after the listed steps; `step` takes t, W, G to the new W."""
    w, rows = np.array(start), []
    for t in range(1, max(STEPS) + 1):
        w = step(t, w, gradient(w))
        if t in STEPS:
            rows.append([t, [repr(float(x)) for x in w.ravel()]])
    return rows


def adafactor(start, **arguments):
    w = np.array(start)
    # A matrix of one row is a vector, as a bias is to PyTorch.
    shape = w.shape if w.shape[0] > 1 else (w.shape[1],)
    p = torch.tensor(w.reshape(shape), requires_grad=True)
    optimizer = torch.optim.Adafactor([p], **arguments)

    def step(t, w, g):
        p.grad = torch.tensor(g.reshape(shape))
        optimizer.step()
        return p.detach().numpy().reshape(w.shape).copy()
    return step


def of_optax(make):
    def rule(start, **arguments):
        transform, state = make(**arguments), None

        def step(t, w, g):
            nonlocal state
            state = transform.init(w) if state is None else state
            update, state = transform.update(g, state, w)
            return np.array(optax.apply_updates(w, update))
        return step
    return rule


def muon(start, lr, weight_decay=0.1, momentum=0.95, nesterov=True, ns_steps=5, eps=1e-7):
    b = np.zeros_like(np.array(start)).T

    def step(t, w, g):
        nonlocal b
        w, g = w.T, g.T  # as in PyTorch: [outputs, inputs]
        b = momentum * b + (1 - momentum) * g
        x = (1 - momentum) * g + momentum * b if nesterov else b
        outputs, inputs = x.shape
        x = x if outputs <= inputs else x.T
        x = x / max(np.linalg.norm(x), eps)
        for _ in range(ns_steps):
            s = x @ x.T
            x = 3.4445 * x + (-4.7750 * s + 2.0315 * s @ s) @ x
        x = x if outputs <= inputs else x.T
        return (w - lr * weight_decay * w - lr * math.sqrt(max(1, outputs / inputs)) * x).T
    return step


def shampoo(start, lr, eps=1e-4, precondition_every=1, weight_decay=0.0):
    rows, cols = np.array(start).shape
    l, r = eps * np.eye(rows), eps * np.eye(cols)
    roots = None

    def root(m):
        values, vectors = np.linalg.eigh(m)
        return vectors @ np.diag(np.maximum(values, eps) ** -0.25) @ vectors.T

    def step(t, w, g):
        nonlocal l, r, roots
        g = g + weight_decay * w
        l, r = l + g @ g.T, r + g.T @ g
        if (t - 1) % precondition_every == 0:
            roots = root(l), root(r)
        return w - lr * roots[0] @ g @ roots[1]
    return step


def soap(start, lr, b1=0.95, b2=0.95, eps=1e-8, precondition_every=10, weight_decay=0.01):
    rows, cols = np.array(start).shape
    l, r, m, v = np.zeros((rows, rows)), np.zeros((cols, cols)), np.zeros((rows, cols)), np.zeros((rows, cols))
    ql = qr = None

    def basis(x):
        return np.linalg.eigh(x)[1][:, ::-1]  # largest eigenvalue first

    def step(t, w, g):
        nonlocal l, r, m, v, ql, qr
        k = t - 1
        if k > 0:
            m = b1 * m + (1 - b1) * g
            v = b2 * v + (1 - b2) * (ql.T @ g @ qr) ** 2
            u = ql @ ((ql.T @ m @ qr) / (np.sqrt(v) + eps)) @ qr.T
            w = w - lr * math.sqrt(1 - b2**k) / (1 - b1**k) * u
            w = w - lr * weight_decay * w
        l, r = b2 * l + (1 - b2) * g @ g.T, b2 * r + (1 - b2) * g.T @ g
        if k % precondition_every == 0:
            ql, qr = basis(l), basis(r)
        return w
    return step


EVERYWHERE, MATRICES = tuple(PROBLEMS), ("tall", "wide")
CASES = {
    # name: (rule, arguments, problems)
    "adafactor": (adafactor, dict(lr=0.05), EVERYWHERE),
    "adafactor decay": (adafactor, dict(lr=0.005, beta2_decay=-0.6, eps=(1e-4, 1e-2), d=1.5, weight_decay=0.1),
                        EVERYWHERE),
    "lars": (of_optax(optax.lars), dict(learning_rate=0.1, trust_coefficient=0.1), MATRICES),
    "lars decay": (of_optax(optax.lars), dict(learning_rate=0.1, trust_coefficient=0.1, weight_decay=0.1, eps=0.01,
                                              nesterov=True), EVERYWHERE),
    "lamb": (of_optax(optax.lamb), dict(learning_rate=0.01), MATRICES),
    "lamb decay": (of_optax(optax.lamb), dict(learning_rate=0.01, b1=0.8, b2=0.99, weight_decay=0.1), EVERYWHERE),
    "muon": (muon, dict(lr=0.02), MATRICES),
    "muon plain": (muon, dict(lr=0.02, nesterov=False, ns_steps=3, momentum=0.8, weight_decay=0.0), MATRICES),
    "shampoo": (shampoo, dict(lr=0.1), EVERYWHERE),
    "shampoo every 3": (shampoo, dict(lr=0.1, eps=0.01, precondition_every=3, weight_decay=0.1), EVERYWHERE),
    "soap": (soap, dict(lr=0.05), EVERYWHERE),
    "soap every 1": (soap, dict(lr=0.05, b1=0.9, b2=0.99, eps=1e-3, precondition_every=1, weight_decay=0.1),
                     EVERYWHERE),
}


def check_muon():
    """The program above against PyTorch, whose bfloat16 has three digits."""
    for name in MATRICES:
        gradient, start, _, _ = PROBLEMS[name]
        p = torch.tensor(np.array(start).T.copy(), requires_grad=True)
        optimizer = torch.optim.Muon([p], lr=0.02)
        ours, w = muon(start, lr=0.02), np.array(start)
        for t in range(1, 6):
            p.grad = torch.tensor(gradient(p.detach().numpy().T).T.copy())
            optimizer.step()
            w = ours(t, w, gradient(w))
            worst = np.abs(p.detach().numpy().T - w).max()
            assert worst < 0.01 * 0.02 * t * 3, (name, t, worst)


def main():
    check_muon()
    cases = {}
    for cname, (rule, arguments, problems) in CASES.items():
        for pname in problems:
            gradient, start, a, b = PROBLEMS[pname]
            cases[f"{pname}/{cname}"] = {"arguments": arguments, "start": start, "A": a, "B": b,
                                         "trajectory": run(gradient, start, rule(start, **arguments))}
    out = pathlib.Path(__file__).with_name("matrix.json")
    versions = {m.__name__: m.__version__ for m in (torch, optax, jax, np)}
    out.write_text(json.dumps({**versions, "dtype": "float64", "cases": cases}, indent=1) + "\n")
    print(f"{len(cases)} cases, {versions}")


main()
