"""What independent libraries say about the same counts: golden values for `src/statistics`, and how its methods behave.

    pip install numpy==2.4.6 scipy==1.17.1 statsmodels==0.15.0 PythonMeta==1.26
    python statistics.py             writes statistics.json, read by tests/it/statistics.rs
    python statistics.py simulate    prints the figures below (one core, a few seconds)

Where each value comes from
    risk ratio                 statsmodels StratifiedTable.riskratio_pooled
    variance of ln RR          PythonMeta's Mantel-Haenszel meta-analysis (its own Greenland-Robins), where no cell is
                               empty; one stratum: statsmodels Table2x2.log_riskratio_se; else the formula, in fractions
    score test of risk ratios  statsmodels test_proportions_2indep(method="score", compare="ratio"), squared and summed
    attributable               the formula, in fractions: not independent. Its interval is checked by coverage below
    one side without drop-offs statsmodels confint_proportions_2indep(method="score", compare="ratio", correction=True);
                               p of several strata: StratifiedTable.test_null_odds(correction=False)
    Benjamini-Hochberg         statsmodels multipletests(method="fdr_bh")
    dispersion of rates        statsmodels GLM, family Binomial: pearson_chi2 / df_resid
    Wilson                     statsmodels proportion_confint
    tails                      scipy.stats norm, chi2, t

Decision: which test of homogeneity reports show
    Rejected at 5% where all strata have the same risk ratio; unexposed risk 2-15%, 5-50% exposed; 4000 logs a line.
    "none": share of logs for which the test by weights has no answer.

        journeys   strata  RR    by weights    Breslow-Day   score
                                 5%     none   5%            5%
        30-300        3    1.0   0.032  0.20   0.052         0.052
        30-300        3    2.0   0.033  0.08   0.050         0.054
        30-300       20    1.0   0.032  0.00   0.062         0.062
        30-300       20    3.0   0.015  0.00   0.067         0.052
        30-3000       8    1.0   0.033  0.00   0.053         0.052
        30-3000       8    3.0   0.028  0.00   0.098         0.046
        30-3000      20    3.0   0.028  0.00   0.131         0.049
        300-3000     20    3.0   0.043  0.00   0.221         0.050
        all 36 lines      0.015-0.049  0-0.20  0.046-0.221   0.044-0.062

    Found where ratios do differ (sd 0.4 of ln RR around 1.5, 8 strata): 30-300 journeys 0.12, 0.20, 0.19;
    30-3000 journeys 0.52, 0.58, 0.57; 300-3000 journeys 0.82, 0.85, 0.83.

    The test by weights is too cautious where strata are small, and leaves out those with an empty cell. Breslow-Day
    asks about odds ratios, which do differ where risk ratios are equal and risks are not small. The score test is right
    in all lines, answers for strata with an empty cell, and finds about as much as Breslow-Day: reports show it.

Attributable drop-offs: coverage of the 95% interval
    Unexposed risk 2-15%, 2-50% exposed, 3000 logs a line. "in the log": the drop-offs that were in fact added, which is
    what the interval is for. "expected": the number expected from the planted risks, which does not vary with the log.

        200-2000 journeys a stratum:
        planted                    strata  RR    in the log  expected
        the same ratio             3       1.0   0.948       0.948
        everywhere                 3       3.0   0.947       0.844
                                   8       2.0   0.953       0.889
                                   20      3.0   0.948       0.857
        ratios vary                8       2.0   0.950       0.890
        (sd 0.3 of ln RR)          20      3.0   0.940       0.857
        the same added risk        3       2.0   0.946       0.884
        everywhere                 20      3.0   0.950       0.861
        all 72 lines                             0.942-0.961 0.840-0.959

    A ratio of 1 everywhere is rejected at 5% in 0.043-0.055 of logs.
    Taken instead: the pooled ratio, D * (1 - 1/RR), with the variance of D among its own: covers the number in the log in
    0.910-0.996 of logs, and where ratios vary it is a little off, as large strata show.
"""

import json
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
from scipy import stats

Z = 1.959963984540054


# The formulas, of src/statistics, for many logs at once: arrays of logs by strata.


def pooled(a, b, c, d):
    """RR, variance of ln RR, and R."""
    n1, n0, n = a + b, c + d, a + b + c + d
    r, s = (a * n0 / n).sum(-1), (c * n1 / n).sum(-1)
    v = ((a * n1 * d + c * n0 * b) / n**2).sum(-1)
    with np.errstate(all="ignore"):
        return r / s, v / (r * s), r


def p_of(terms, takes_part, ratio, correction=0.0):
    strata = takes_part.sum(-1)
    p = stats.chi2.sf(np.where(takes_part, terms, 0).sum(-1) - correction, np.maximum(strata - 1, 1))
    p[(strata < 2) | ~np.isfinite(ratio) | (ratio <= 0)] = np.nan
    return p


def by_weights(a, b, c, d):
    ratio = pooled(a, b, c, d)[0]
    with np.errstate(all="ignore"):
        variance = b / (a * (a + b)) + d / (c * (c + d))
        distance = np.log(a * (c + d) / (c * (a + b))) - np.log(ratio)[:, None]
        return p_of(distance**2 / variance, (a > 0) & (c > 0) & (variance > 0), ratio)


def score(a, b, c, d):
    ratio = pooled(a, b, c, d)[0]
    phi, n1, n0, t, n = ratio[:, None], a + b, c + d, a + c, a + b + c + d
    with np.errstate(all="ignore"):
        linear = t * (1 + phi) + b * phi + d
        p0 = 2 * t / (linear + np.sqrt(np.maximum(linear**2 - 4 * phi * n * t, 0)))
        variance = phi * p0 * (1 - phi * p0) / n1 + phi**2 * p0 * (1 - p0) / n0
        return p_of((a / n1 - phi * c / n0) ** 2 / variance, (t > 0) & (variance > 0), ratio)


def breslow_day(a, b, c, d):
    n1, n0, t, n = a + b, c + d, a + c, a + b + c + d
    with np.errstate(all="ignore"):
        ratio = (a * d / n).sum(-1) / (b * c / n).sum(-1)
        psi = ratio[:, None]
        square, linear, constant = 1 - psi, n0 - t + psi * (n1 + t), -psi * n1 * t
        x = -2 * constant / (linear + np.sqrt(np.maximum(linear**2 - 4 * square * constant, 0)))
        v = 1 / (1 / x + 1 / (n1 - x) + 1 / (t - x) + 1 / (n0 - t + x))
        used = (t > 0) & (t < n) & (v > 0)
        correction = np.where(used, a - x, 0).sum(-1) ** 2 / np.where(used, v, 0).sum(-1)
        return p_of((a - x) ** 2 / v, used, ratio, correction)


@np.errstate(all="ignore")
def attributable(a, b, c, d):
    """Estimate, and variance of its difference from the number in this very log."""
    n1, n0 = a + b, c + d
    drawn = (c + 1) / (n0 + 2)
    return (a - n1 * c / n0).sum(-1), (n1 * drawn * (1 - drawn) * (1 + n1 / n0)).sum(-1)


# Simulation.


def logs(rng, count, strata, sizes, exposed, planted):
    """Cells, expected and realised attributable drop-offs of `count` logs; `planted`: exposed risks of unexposed."""
    n = np.exp(rng.uniform(*np.log(sizes), (count, strata))).astype(int)
    n1 = np.clip(rng.binomial(n, rng.uniform(*exposed, (count, strata))), 1, n - 1)
    p0 = rng.uniform(0.02, 0.15, (count, strata))
    p1 = np.minimum(planted(p0), 0.95)
    at_base = rng.binomial(n1, np.minimum(p0, p1))
    added = rng.binomial(n1 - at_base, np.clip((p1 - p0) / (1 - p0), 0, 1))
    prevented = rng.binomial(n1, np.clip(p0 - p1, 0, 1))
    a, c = at_base + added, rng.binomial(n - n1, p0)
    cells = [cell.astype(float) for cell in (a, n1 - a, c, n - n1 - c)]
    return cells, (n1 * (p1 - p0)).sum(-1), (added - prevented).sum(-1)


def simulate():
    rng = np.random.default_rng(1985)
    print("homogeneity: rejected at 5% (no answer): by weights, Breslow-Day, score")
    for sizes in ((30, 300), (30, 3000), (300, 3000)):
        for strata in (3, 8, 20):
            for ratio in (1.0, 1.5, 2.0, 3.0):
                cells, _, _ = logs(rng, 4000, strata, sizes, (0.05, 0.5), lambda p0: ratio * p0)
                found = [test(*cells) for test in (by_weights, breslow_day, score)]
                shown = [f"{(p < 0.05).sum() / (~np.isnan(p)).sum():.3f} ({np.isnan(p).mean():.2f})" for p in found]
                print(f"  {sizes} {strata:2} {ratio}", *shown)
        varying = lambda p0: 1.5 * p0 * np.exp(rng.normal(0, 0.4, p0.shape))
        cells, _, _ = logs(rng, 4000, 8, sizes, (0.05, 0.5), varying)
        found = [f"{np.nanmean(test(*cells) < 0.05):.2f}" for test in (by_weights, breslow_day, score)]
        print(f"  {sizes}  8 varying", *found)
    print("attributable: covers what the log has, covers what was to be expected | RR 1 rejected")
    for sizes in ((200, 2000), (200, 20000)):
        for name in ("same ratio", "varying ratio", "same added risk"):
            for strata in (3, 8, 20):
                for ratio in (1.0, 1.2, 2.0, 3.0):
                    planted = {
                        "same ratio": lambda p0: ratio * p0,
                        "varying ratio": lambda p0: ratio * p0 * np.exp(rng.normal(0, 0.3, p0.shape)),
                        "same added risk": lambda p0: p0 + (ratio - 1) * 0.07,
                    }[name]
                    cells, expected, realised = logs(rng, 3000, strata, sizes, (0.02, 0.5), planted)
                    estimate, variance = attributable(*cells)
                    half = Z * np.sqrt(variance)
                    shown = [f"{(abs(estimate - truth) <= half).mean():.3f}" for truth in (realised, expected)]
                    found, log_variance, _ = pooled(*cells)
                    with np.errstate(all="ignore"):
                        rejected = (abs(np.log(found)) > Z * np.sqrt(log_variance)).mean()
                    print(f"  {sizes} {name:15} {strata:2} {ratio}", *shown, f"{rejected:.3f}")


# Golden values.


def exact(strata):
    """RR, variance of ln RR, attributable and its variance: the formulas in fractions."""
    total = [Fraction(0)] * 5
    for a, b, c, d in strata:
        n1, n0, t, n = a + b, c + d, a + c, a + b + c + d
        if n1 == 0 or n0 == 0 or t == 0:
            continue
        risk = Fraction(c, n0)
        drawn = Fraction(c + 1, n0 + 2)
        terms = [
            Fraction(a * n0, n),
            Fraction(c * n1, n),
            Fraction(n1 * n0 * t - a * c * n, n * n),
            a - n1 * risk,
            n1 * drawn * (1 - drawn) * (1 + Fraction(n1, n0)),
        ]
        total = [sum_ + term for sum_, term in zip(total, terms)]
    r, s, v, drops, variance = total
    return [float(value) for value in (r / s, v / (r * s), drops, variance)]


def near(one, other, relative=1e-9):
    assert abs(one - other) <= relative * abs(other), (one, other)


def stratified(strata):
    from PythonMeta.core import MH_total_RR
    from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2
    from statsmodels.stats.proportion import test_proportions_2indep

    used = [(a, b, c, d) for a, b, c, d in strata if a + b and c + d and a + c]
    tables = [np.array([[a, b], [c, d]], dtype=float) for a, b, c, d in used]
    ratio, log_variance, drops, variance = exact(strata)
    # `shift_zeros` would add to empty cells.
    table = StratifiedTable(tables, shift_zeros=False)
    near(ratio, table.riskratio_pooled)
    if len(used) == 1:
        near(log_variance, Table2x2(tables[0], shift_zeros=False).log_riskratio_se ** 2)
    is_full = all(min(stratum) > 0 for stratum in used)
    if is_full:
        total = MH_total_RR([[*stratum, ""] for stratum in used])[0]
        near(ratio, total[1])
        near(log_variance, total[6] ** 2)
    z = np.log(ratio) / np.sqrt(log_variance)
    case = {
        "strata": strata,
        "informative": len(used),
        "ratio": ratio,
        "low": float(np.exp(np.log(ratio) - Z * np.sqrt(log_variance))),
        "high": float(np.exp(np.log(ratio) + Z * np.sqrt(log_variance))),
        "log_variance": log_variance,
        "p_value": float(2 * stats.norm.sf(abs(z))),
        "attributable": drops,
        "attributable_low": drops - Z * variance**0.5,
        # No more can be attributed than was dropped.
        "attributable_high": min(drops + Z * variance**0.5, sum(a for a, b, c, d in used)),
        "score": None,
        "score_p": None,
    }
    if len(used) > 1:
        one = dict(value=ratio, method="score", compare="ratio", correction=False)
        found = [test_proportions_2indep(a, a + b, c, c + d, **one).statistic for a, b, c, d in used]
        case["score"] = float(sum(z_one**2 for z_one in found))
        case["score_p"] = float(stats.chi2.sf(case["score"], len(used) - 1))
    return case


def one_sided(strata):
    """Nobody was dropped on one side: the p value of Mantel and Haenszel, and of one stratum the bound that there is."""
    from statsmodels.stats.contingency_tables import StratifiedTable
    from statsmodels.stats.proportion import confint_proportions_2indep

    tables = [np.array([[a, b], [c, d]], dtype=float) for a, b, c, d in strata]
    case = {"strata": strata, "low": None, "high": None}
    case["p_value"] = float(StratifiedTable(tables, shift_zeros=False).test_null_odds(correction=False).pvalue)
    if len(strata) == 1:
        a, b, c, d = strata[0]
        score = dict(method="score", compare="ratio", correction=True)
        if c == 0:
            # The other way round, as the upper end of the inverse: the library looks for roots from 0 on.
            case["low"] = 1 / float(confint_proportions_2indep(c, c + d, a, a + b, **score)[1])
        else:
            case["high"] = float(confint_proportions_2indep(a, a + b, c, c + d, **score)[1])
    return case


def dispersed(groups):
    """Rates of one or more groups, each a list of (count, of): Pearson's chi-squared over its degrees of freedom."""
    import statsmodels.api as sm

    rows = [(group, count, of) for group, rates in enumerate(groups) for count, of in rates]
    design = np.array([[float(group == g) for g in range(len(groups))] for group, _, _ in rows])
    counts = np.array([[count, of - count] for _, count, of in rows], dtype=float)
    fitted = sm.GLM(counts, design, family=sm.families.Binomial()).fit()
    factor = max(1.0, float(fitted.pearson_chi2 / fitted.df_resid))
    return {"rates": rows, "factor": factor, "degrees": int(fitted.df_resid)}


def adjusted(p_values):
    from statsmodels.stats.multitest import multipletests

    return {"p_values": p_values, "adjusted": [float(p) for p in multipletests(p_values, method="fdr_bh")[1]]}


def draw_strata(rng, count, sizes, ratio):
    cells, _, _ = logs(rng, 1, count, sizes, (0.05, 0.5), lambda p0: ratio * p0)
    return [[int(cell) for cell in stratum] for stratum in np.stack(cells, -1)[0]]


def golden():
    from statsmodels.stats.proportion import proportion_confint, proportions_ztest

    rng = np.random.default_rng(1959)
    silent = [[0, 0, 7, 50], [9, 30, 0, 0], [0, 40, 0, 90]]
    tables = [
        *[draw_strata(rng, count, (200, 2000), ratio) for count, ratio in ((1, 1.0), (1, 3.0), (2, 1.5), (5, 1.0))],
        *[draw_strata(rng, count, (200, 20000), ratio) for count, ratio in ((8, 2.0), (20, 1.2), (12, 0.6), (3, 4.0))],
        # Small strata, with empty cells.
        *[draw_strata(rng, count, (30, 120), ratio) for count, ratio in ((6, 2.0), (15, 1.0))],
        # Strata that say nothing, between others.
        [silent[0], *draw_strata(rng, 3, (100, 1000), 2.0), *silent[1:], *draw_strata(rng, 2, (100, 1000), 1.0)],
        # Associations that differ, and points where nearly all drop.
        [[400, 100, 50, 200], [20, 300, 60, 500], [90, 10, 700, 150], [3, 900, 40, 8000]],
    ]
    sizes = rng.integers(20, 5000, (8, 2))
    proportions = [[int(rng.integers(1, n // 3)), int(n), int(rng.integers(1, m // 3)), int(m)] for n, m in sizes]

    def compared(before, of_before, after, of_after):
        z, p_value = proportions_ztest([after, before], [of_after, of_before])
        low, high = proportion_confint(before, of_before, method="wilson")
        return {
            "before": [before, of_before],
            "after": [after, of_after],
            "z": float(z),
            "p_value": float(p_value),
            "wilson": [float(low), float(high)],
        }

    tails = [(0.1, 1), (3.84, 1), (5.0, 2), (12.0, 19), (60.0, 19), (300.0, 299), (700.0, 40), (1e4, 1e4)]
    return {
        "stratified": [stratified(strata) for strata in tables],
        "proportions": [compared(*four) for four in [*proportions, [0, 30, 4, 40], [30, 30, 38, 40]]],
        "one_sided": [
            one_sided(strata)
            for strata in (
                [[300, 700, 0, 1000]],
                [[12, 30, 0, 55]],
                [[0, 140, 33, 260]],
                [[0, 60, 9, 30]],
                [[20, 80, 0, 50], [7, 40, 0, 300], [3, 3, 0, 9]],
                [[0, 80, 10, 90], [0, 40, 30, 300]],
            )
        ],
        "adjusted": [
            adjusted([float(p) for p in rng.beta(0.4, 1.0, count)]) for count in (1, 2, 7, 60)
        ],
        "dispersion": [
            dispersed(groups)
            for groups in (
                [[(24, 100), (14, 100), (22, 100)]],
                [[(30, 210), (41, 190), (28, 205), (52, 230)], [(60, 220), (35, 180)]],
                [[(5, 50), (6, 60), (5, 52)], [(9, 30), (8, 31), (10, 29)]],
            )
        ],
        "student": [
            {"t": t, "degrees": float(k), "p_value": float(2 * stats.t.sf(abs(t), k))}
            for t, k in ((0.5, 1), (2.0, 6), (-4.0, 25), (9.0, 3), (1.96, 1e5))
        ],
        "student_quantiles": [
            {"share": share, "degrees": float(k), "value": float(stats.t.ppf(share, k))}
            for share, k in ((0.975, 1), (0.975, 6), (0.025, 25), (0.999, 3), (0.975, 500))
        ],
        "normal": [{"z": z, "p_value": float(2 * stats.norm.sf(abs(z)))} for z in (0.0, 0.3, -1.0, 1.96, 8.0, 20.0)],
        "chi_squared": [{"x": x, "degrees": float(k), "p_value": float(stats.chi2.sf(x, k))} for x, k in tails],
    }


def write():
    lines = []
    for name, cases in golden().items():
        shown = ",\n".join("  " + json.dumps(case, allow_nan=False) for case in cases)
        lines.append(f" {json.dumps(name)}: [\n{shown}\n ]")
    Path(__file__).with_suffix(".json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    simulate() if sys.argv[1:] == ["simulate"] else write()
