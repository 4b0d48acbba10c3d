#!/usr/bin/env python3
"""The numbers that `deform_is_the_transform_of_the_package_mnist1d` (src/generate/mnist1d.rs) expects.

    pip install numpy==2.4.6 scipy==1.17.1
    pip download --no-deps -d wheels mnist1d==0.0.2.post1
    python3 crates/data/tests/golden/mnist1d.py wheels/mnist1d-0.0.2.post1-py3-none-any.whl

Runs the package's own `transform` on digit 3, with its random numbers replaced by fixed ones.
"""

import sys
import types

import numpy as np

for name in ["requests", "matplotlib", "matplotlib.pyplot"]:  # imported there, not needed here
    sys.modules[name] = types.ModuleType(name)
sys.path.insert(0, sys.argv[1])
from mnist1d.data import get_dataset_args, get_templates  # noqa: E402
from mnist1d.transform import transform  # noqa: E402

uniforms = iter([0.42, 0.9, 0.2])  # padding 36 + int(0.42 * 25) = 46, scale, slope
normals = iter([np.sin, np.cos])  # correlated noise, white noise
np.random.rand = lambda: next(uniforms)
np.random.choice = lambda _: 7
np.random.randn = lambda n: next(normals)(np.arange(n, dtype=float))

templates = get_templates()
x, _ = transform(templates["x"][3], templates["t"], get_dataset_args())
print("[" + ", ".join(repr(float(v)) for v in x) + "]")
