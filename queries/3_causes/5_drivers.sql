-- ---
-- name     = "drivers"
-- title    = "Drivers nobody wrote a rule for"
-- question = "Which value of which measure or dimension goes with more drop-offs, or with fewer, than the other values at the same points?"
-- grain    = "one row per column and value that stands out"
-- reads    = ["candidates"]
-- chart    = { kind = "intervals", label = ["candidate", "value"], value = "risk_ratio", low = "low", high = "high", even = 1.0, top = 20 }
-- [params]
-- effect   = { type = "float", help = "ratios nearer to 1 than this are left out", default = "1.2" }
-- passages = { type = "int", help = "values with fewer passages are left out", default = "100" }
-- [columns]
-- candidate         = { help = "measure, dimension or context column", format = "text" }
-- value             = { help = "its value, or the part of its values", format = "text" }
-- passages          = { help = "passages with this value, at points where it can be compared", format = "count" }
-- dropped           = { help = "those that were dropped there", format = "count" }
-- risk_ratio        = { help = "how many times as often passages with this value were dropped as those with another one at the same point", format = "number" }
-- low               = { help = "risk ratio, lower end of the 95% interval", format = "number" }
-- high              = { help = "risk ratio, upper end of the 95% interval", format = "number" }
-- adjusted_p        = { help = "p value after Benjamini-Hochberg over all values tested", format = "chance" }
-- homogeneity_p     = { help = "small where the ratio differs from point to point", format = "chance" }
-- attributable      = { help = "drop-offs beyond those expected with another value; below 0 where there are fewer", format = "count" }
-- attributable_low  = { help = "attributable drop-offs, lower end of the 95% interval", format = "count" }
-- attributable_high = { help = "attributable drop-offs, upper end of the 95% interval", format = "count" }
-- ---
-- Passages are those of `evidence`. A row is a candidate for a rule, and no finding: associated, by one column among many.
--
-- Shown: tested, at least `passages` of them, the ratio at least `effect` or at most its inverse, adjusted p at most 0.05. Tested:
-- at least 10 drop-offs to be expected with the value and with the others, were there no association. Values that only
-- dropped passages have, or none, are left out: they are the drop-off by another name.
with
points as (
    select
        *,
        sum(passages) over (partition by candidate, channel, step) as all_passages,
        sum(dropped) over (partition by candidate, channel, step) as all_dropped
    from candidates
),
compared as (
    select *
    from points
    where passages < all_passages
      and all_dropped > 0
      and all_dropped < all_passages
),
pooled as (
    select
        candidate,
        value,
        sum(passages) as passages,
        sum(dropped) as dropped,
        sum(cast(all_dropped as double) * passages / all_passages) as expected,
        sum(cast(all_dropped as double) * (all_passages - passages) / all_passages) as others_expected,
        stratified_evidence(
            dropped,
            passages - dropped,
            all_dropped - dropped,
            all_passages - passages - all_dropped + dropped
        ) as evidence
    from compared
    group by candidate, value
),
tested as (
    select *
    from pooled
    where expected >= 10
      and others_expected >= 10
      and dropped < passages
      and evidence['p_value'] is not null
),
ranked as (
    select
        *,
        row_number() over (order by evidence['p_value'], candidate, value) as place,
        count(*) over () as tests
    from tested
),
-- Benjamini-Hochberg: the least of p × tests ÷ place from here to the largest p
adjusted as (
    select
        *,
        least(
            min(evidence['p_value'] * tests / place) over (
                order by place desc
                rows between unbounded preceding and current row
            ),
            1.0
        ) as adjusted_p
    from ranked
),
final as (
    select
        candidate,
        value,
        passages,
        dropped,
        evidence['risk_ratio'] as risk_ratio,
        evidence['low'] as low,
        evidence['high'] as high,
        adjusted_p,
        evidence['homogeneity_p'] as homogeneity_p,
        evidence['attributable'] as attributable,
        evidence['attributable_low'] as attributable_low,
        evidence['attributable_high'] as attributable_high
    from adjusted
    where passages >= $passages
      and adjusted_p <= 0.05
      and (evidence['risk_ratio'] >= $effect or evidence['risk_ratio'] <= 1 / $effect)
)
select *
from final
order by attributable desc, candidate, value
