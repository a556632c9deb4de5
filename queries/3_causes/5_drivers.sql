-- ---
-- name     = "drivers"
-- title    = "Drivers nobody wrote a rule for"
-- question = "Which value of which measure or dimension goes with more drop-offs, or with fewer, than the other values at the same points?"
-- grain    = "one row per column and value that stands out"
-- reads    = ["candidates"]
-- chart    = { kind = "intervals", label = ["candidate", "value"], value = "risk_ratio", low = "low", high = "high", even = 1.0, top = 20 }
-- short    = ["candidate", "value", "passages", "dropped", "risk_ratio", "low", "high", "attributable"]
-- [params]
-- effect   = { type = "float", help = "ratios nearer to 1 than this are left out", default = "1.2" }
-- passages = { type = "int", help = "values with fewer passages are left out", default = "100" }
-- [columns]
-- candidate         = { help = "measure, dimension or context column", format = "text" }
-- value             = { help = "its value, or the part of its values", format = "text" }
-- passages          = { help = "passages with this value, at points where it can be compared", format = "count" }
-- dropped           = { help = "those that were dropped there", format = "count" }
-- risk_ratio        = { help = "how many times as often passages with this value were dropped as those with another one at the same point; blank where nobody was dropped on one side", format = "number" }
-- low               = { help = "risk ratio, lower end of the 95% interval", format = "number" }
-- high              = { help = "risk ratio, upper end of the 95% interval", format = "number" }
-- adjusted_p        = { help = "p value after Benjamini-Hochberg over all values tested", format = "chance" }
-- homogeneity_p     = { help = "small where the ratio differs from point to point", format = "chance" }
-- attributable      = { help = "drop-offs beyond those expected with another value; below 0 where there are fewer", format = "count" }
-- attributable_low  = { help = "attributable drop-offs, lower end of the 95% interval", format = "count" }
-- attributable_high = { help = "attributable drop-offs, upper end of the 95% interval", format = "count" }
-- ---
-- Passages, strata and what is enough data are those of `evidence`. A row is a candidate for a rule, and no finding:
-- associated, by one column among many.
--
-- Shown: tested, at least `passages` of them, the ratio at least `effect` or at most its inverse, adjusted p at most 0.05.
-- Values that only dropped passages have are left out: they are the drop-off by another name.
with
strata as (
    select
        *,
        sum(passages) over stratum as all_passages,
        sum(dropped) over stratum as all_dropped
    from candidates
    window stratum as (partition by candidate, channel, step, motive_apart, segment_apart)
),
pooled as (
    select
        candidate,
        value,
        stratified_evidence(
            dropped,
            passages - dropped,
            all_dropped - dropped,
            all_passages - passages - all_dropped + dropped
        ) as evidence
    from strata
    group by candidate, value
),
tested as (
    select *
    from pooled
    where evidence['is_tested']
      and evidence['exposed_dropped'] < evidence['exposed']
),
adjusted as (
    select
        *,
        benjamini_hochberg(evidence['p_value']) over () as adjusted_p
    from tested
),
final as (
    select
        candidate,
        value,
        evidence['exposed'] as passages,
        evidence['exposed_dropped'] as dropped,
        evidence['risk_ratio'] as risk_ratio,
        evidence['low'] as low,
        evidence['high'] as high,
        adjusted_p,
        evidence['homogeneity_p'] as homogeneity_p,
        evidence['attributable'] as attributable,
        evidence['attributable_low'] as attributable_low,
        evidence['attributable_high'] as attributable_high
    from adjusted
    where evidence['exposed'] >= $passages
      and adjusted_p <= largest_p()
      and (evidence['risk_ratio'] is null or evidence['risk_ratio'] >= $effect or evidence['risk_ratio'] <= 1 / $effect)
)
select *
from final
order by attributable desc, candidate, value
