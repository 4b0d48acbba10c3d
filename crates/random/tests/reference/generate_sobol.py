"""Unscrambled Sobol points, from SciPy 1.17: python generate_sobol.py > sobol.json. Coordinates are times 2^30."""

import json
import sys

import scipy
from scipy.stats import qmc


def block(first, count):
    sobol = qmc.Sobol(16, scramble=False, bits=30)
    if first > 0:
        sobol.fast_forward(first)
    return {"first": first, "points": [[int(x * 2**30) for x in point] for point in sobol.random(count)]}


# The later points need the digits that the recurrence makes.
blocks = [block(0, 64), block(1_000_003, 4), block(99_999_998, 4)]
json.dump({"scipy": scipy.__version__, "blocks": blocks}, sys.stdout, separators=(",", ":"))
print()
