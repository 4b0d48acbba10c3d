"""Reference values of the statistics, from SciPy 1.17: python generate_scipy.py > scipy.json (two minutes)."""

import itertools
import json
import math
import sys

import numpy as np
import scipy
from scipy import stats

ALTERNATIVES = ("two-sided", "greater", "less")
rng = np.random.default_rng(2021)


def rounded(values, digits=3):
    return [round(float(v), digits) for v in values]


# Values with few digits, so that the file is short and sums are the same in any order but for rounding.
DIFFERENCES = {
    "two": [0.7, -0.2],
    "five, one sign": [1.0, 2.0, 3.0, 4.0, 5.5],
    "six, one sign": [0.1, 0.2, 0.3, 0.4, 0.5, 0.61],
    "no ties": [1.83, 0.5, 1.62, 2.48, 1.68, -1.88, -0.55, 3.06, -0.77],
    "ties": [1.0, 2.0, 2.0, -1.0, 3.0, -2.0, 4.0, 1.0, 1.0, 3.0],
    "ties and zeros": [0.0, 2.0, 2.0, -1.0, 3.0, 0.0, 4.0, 1.0, 0.0, -1.0],
    "mostly zeros": [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, -1.0],
    "accuracies": [0.002, -0.004, 0.006, 0.008, 0.002, 0.01, -0.002, 0.0, 0.004, 0.012],
    "below zero": [-3.1, -0.4, 0.9, -1.7, -2.2, -0.3, 0.2, -5.8],
    "one far out": [0.1, 0.2, 0.15, 0.3, 0.25, -0.05, 0.12, 90.0],
    "sixteen, ties": [2.0, 3.0, -1.0, 2.0, 5.0, -3.0, 1.0, 4.0, 0.0, 2.0, -2.0, 6.0, 1.0, 3.0, 0.0, -1.0],
    "sixteen": rounded(rng.normal(0.4, 1, 16)),
    "twenty": rounded(rng.normal(0.3, 1, 20)),
}
LARGE = {
    "fifty, no ties": rounded(rng.normal(0.2, 1, 50), 6),
    "sixty, no ties": rounded(rng.normal(0.2, 1, 60), 6),
    "ninety, ties and zeros": rounded(np.round(rng.normal(0.3, 2, 90)), 0),
}


def sign_flips(d, alternative, shift=0.0):
    shifted = np.asarray(d) - shift
    test = stats.permutation_test(
        (shifted,), np.mean, permutation_type="samples", n_resamples=2 ** len(d), vectorized=True,
        alternative=alternative, batch=1 << 14,
    )
    return float(test.pvalue)


def inverted(d, level):
    """All shifts not rejected, from the definition: the p value changes at means of subsets only."""
    d = np.asarray(d)
    if 2 / 2 ** len(d) > level:
        return None
    subsets = np.array(list(itertools.product([0.0, 1.0], repeat=len(d))))[1:]
    candidates = np.unique(np.round(subsets @ d / subsets.sum(axis=1), 12))
    signs = np.array(list(itertools.product([-1.0, 1.0], repeat=len(d))))

    def kept(shift):
        flipped = np.abs(signs @ (d - shift))
        return np.mean(flipped >= abs(np.sum(d - shift)) - 1e-9 * np.abs(d - shift).sum()) > level

    held = [c for c in candidates if kept(c)]
    return [min(held), max(held)]


def sign_flip_cases():
    cases = []
    for name, d in DIFFERENCES.items():
        cases.append({
            "name": name, "d": d, "p": [sign_flips(d, a) for a in ALTERNATIVES],
            "shifts": [] if len(d) > 16 else [
                [s, *(sign_flips(d, a, s) for a in ALTERNATIVES)] for s in (-0.35, 0.15, 1.05)],
            "margins": [] if len(d) > 16 else [
                [m, max(sign_flips(d, "greater", -m), sign_flips(d, "less", m))] for m in (0.004, 0.35, 1.0)],
            "intervals": [] if len(d) > 10 else [[level, inverted(d, level)] for level in (0.05, 0.1, 0.3)],
        })
    return cases


def wilcoxon_cases():
    cases = []
    for name, d in (DIFFERENCES | LARGE).items():
        for zeros in ("wilcox", "pratt"):
            values = np.asarray(d)
            plain = len(set(np.abs(values))) == len(d) and 0 not in values
            if len(d) > 50:
                method = "asymptotic"
            elif plain:
                method = "exact"
            elif len(d) <= 16:
                method = stats.PermutationMethod(n_resamples=2 ** len(d), batch=1 << 12)
            else:
                continue
            tests = [stats.wilcoxon(d, zero_method=zeros, alternative=a, method=method, correction=True)
                     for a in ALTERNATIVES]
            cases.append({
                "name": name, "d": d, "zeros": zeros, "exact": len(d) <= 50,
                "w_plus": float(tests[1].statistic), "p": [float(t.pvalue) for t in tests],
            })
    return cases


def bca_cases():
    samples = {
        "normal": rounded(rng.normal(0.3, 1, 20)),
        "skewed": rounded(rng.exponential(1, 15)),
        "ten": rounded(rng.normal(0, 1, 10)),
        "ties": [1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0, 7.0, 7.0, 11.0, 20.0, 20.0],
    }
    # Not the median: its few values make ends jump.
    statistics = {"mean": np.mean, "sd": lambda x, axis: np.std(x, ddof=1, axis=axis)}
    cases = []
    for (name, x), (s, f), level in itertools.product(samples.items(), statistics.items(), (0.05, 0.1)):
        b = stats.bootstrap((x,), f, n_resamples=1_000_000, batch=20_000, confidence_level=1 - level, method="BCa",
                            vectorized=True, rng=np.random.default_rng(5))
        ends = [float(b.confidence_interval.low), float(b.confidence_interval.high)]
        cases.append({"name": name, "x": x, "statistic": s, "level": level, "ends": ends})
    return cases


def effect_cases():
    cases = []
    samples = (
        ([1.0, 2.0, 3.0], [2.0, 3.0, 4.0]), ([5.0, 5.0, 1.0, 7.0], [5.0, 2.0, 2.0]), ([1.5], [0.5]),
        (LARGE["sixty, no ties"], [0.0, 0.5]),
    )
    for x, y in samples:
        u = stats.mannwhitneyu(x, y).statistic
        cases.append({"x": x, "y": y, "probability": float(u / len(x) / len(y))})
    return cases


def power_cases():
    cases = []
    sizes = (2, 3, 6, 10, 20, 100, 5000)
    for effect, n, level in itertools.product((0.0, 0.1, 0.5, -1.0, 2.5), sizes, (0.05, 0.05 / 6)):
        critical = stats.t.ppf(1 - level / 2, n - 1)
        # The integral of the definition, by adaptive quadrature over a chi variable; `nct` beside it as a check.
        freedom, shift = n - 1, abs(effect) * math.sqrt(n)
        chi = stats.chi(freedom)
        value = scipy.integrate.quad(
            lambda q: (lambda s: stats.norm.sf(critical * s - shift) + stats.norm.cdf(-critical * s - shift))(
                chi.ppf(q) / math.sqrt(freedom)), 0, 1, epsabs=1e-10, limit=500)[0]
        by_nct = stats.nct.sf(critical, freedom, shift) + stats.nct.cdf(-critical, freedom, shift)
        if math.isfinite(by_nct):
            assert abs(value - by_nct) < 1e-6, (effect, n, level, value, by_nct)
        cases.append([effect, n, level, value])
    return cases


def friedman_cases():
    cases = []
    for n, k, digits in ((6, 3, 3), (10, 4, 3), (8, 5, 0), (12, 7, 0)):
        scores = np.round(rng.normal(0, 2, (n, k)) + np.arange(k) * 0.5, digits)
        test = stats.friedmanchisquare(*scores.T)
        f = (n - 1) * test.statistic / (n * (k - 1) - test.statistic)
        ranks = stats.rankdata(scores, axis=1).mean(axis=0)
        cases.append({
            "scores": scores.tolist(), "chi_squared": float(test.statistic), "p": float(test.pvalue), "f": float(f),
            "p_f": float(stats.f.sf(f, k - 1, (k - 1) * (n - 1))), "mean_ranks": ranks.tolist(),
        })
    return cases


def corrected_t_cases():
    cases = []
    for (name, d), test_share in itertools.product((DIFFERENCES | LARGE).items(), (0.0, 1 / 9, 0.25, 1.0)):
        n, scale = len(d), math.sqrt((1 / len(d) + test_share) * np.var(d, ddof=1))
        p = []
        for shift in (0.0, 0.15):
            t = (np.mean(d) - shift) / scale
            p.append([2 * stats.t.sf(abs(t), n - 1), stats.t.sf(t, n - 1), stats.t.cdf(t, n - 1)])
            if test_share == 0:
                known = [stats.ttest_1samp(d, shift, alternative=a).pvalue for a in ALTERNATIVES]
                assert np.allclose(p[-1], known, rtol=1e-10), name
        ends = [[level, *(np.mean(d) + scale * stats.t.ppf([level / 2, 1 - level / 2], n - 1))]
                for level in (0.05, 0.3)]
        cases.append({"name": name, "d": d, "test_share": test_share, "p": p, "intervals": ends})
    return cases


def descriptive_cases():
    cases = []
    names = ("no ties", "accuracies", "twenty", "sixty, no ties")
    for x in ([3.0], [1.0, 2.0], *((DIFFERENCES | LARGE)[name] for name in names)):
        x = sorted(x)
        cases.append({
            "x": x, "trimmed": float(stats.trim_mean(x, 0.25)), "mean": float(np.mean(x)),
            "median": float(np.median(x)),
            "sd": float(np.std(x, ddof=1)) if len(x) > 1 else None, "quartile": float(np.quantile(x, 0.25)),
            # Each value four times makes n divisible by 4: the exact weights, by plain trimming.
            "interquartile": float(stats.trim_mean(np.repeat(x, 4), 0.25)),
        })
    return cases


def ranges():
    return [[k, level, float(stats.studentized_range.ppf(1 - level, k, np.inf) / np.sqrt(2))]
            for k in range(2, 21) for level in (0.05, 0.1)]


json.dump({
    "scipy": scipy.__version__,
    "sign_flip": sign_flip_cases(),
    "wilcoxon": wilcoxon_cases(),
    "bca": bca_cases(),
    "effect": effect_cases(),
    "power": power_cases(),
    "friedman": friedman_cases(),
    "corrected_t": corrected_t_cases(),
    "descriptive": descriptive_cases(),
    "studentized_range": ranges(),
}, sys.stdout, indent=None, separators=(",", ":"))
print()
