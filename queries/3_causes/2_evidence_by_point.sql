-- ---
-- name     = "evidence_by_point"
-- title    = "Which cause where"
-- question = "At which channel and step did journeys that met a signal drop off more often than others there?"
-- grain    = "one row per channel, step and active cause that some journeys met there and others did not"
-- reads    = ["exposures"]
-- chart    = { kind = "intervals", label = ["channel", "step", "cause"], value = "attributable", low = "attributable_low", high = "attributable_high", top = 20 }
-- short    = ["channel", "step", "cause", "verdict", "risk_ratio", "low", "high", "attributable"]
-- [columns]
-- channel           = { help = "channel of the point", format = "text" }
-- step              = { help = "step of the point", format = "text" }
-- family            = { help = "family of the cause", format = "text" }
-- cause             = { help = "the signal held to explain a drop-off", format = "text" }
-- verdict           = { help = "supported, not supported, not enough data", format = "text" }
-- risk_ratio        = { help = "how many times as often passages with the signal were dropped here as those without it; blank where nobody was dropped on one side", format = "number" }
-- low               = { help = "risk ratio, lower end of the 95% interval", format = "number" }
-- high              = { help = "risk ratio, upper end of the 95% interval", format = "number" }
-- adjusted_p        = { help = "p value of this point alone, after Benjamini-Hochberg over all points and causes tested", format = "chance" }
-- attributable      = { help = "drop-offs here beyond those expected without the signal; causes overlap, so they do not add up", format = "count" }
-- attributable_low  = { help = "attributable drop-offs, lower end of the 95% interval", format = "count" }
-- attributable_high = { help = "attributable drop-offs, upper end of the 95% interval", format = "count" }
-- exposed           = { help = "passages with the signal, where they can be compared", format = "count" }
-- exposed_dropped   = { help = "those that were dropped here", format = "count" }
-- exposed_rate      = { help = "exposed_dropped ÷ exposed", format = "share" }
-- unexposed         = { help = "passages without the signal", format = "count" }
-- unexposed_dropped = { help = "those that were dropped here", format = "count" }
-- unexposed_rate    = { help = "unexposed_dropped ÷ unexposed", format = "share" }
-- ---
-- Passages, strata, verdicts and the formulas are those of `evidence`, with one point in place of all. Rules that look ahead are
-- left out. Rates are over all compared passages of the point, the ratio within its strata.
with
points as (
    select
        bit,
        channel,
        step,
        family,
        cause,
        stratified_evidence(exposed_dropped, exposed_stayed, unexposed_dropped, unexposed_stayed) as evidence
    from exposures
    where can_be_tested
    group by bit, channel, step, family, cause
),
adjusted as (
    select *, benjamini_hochberg(evidence['p_value']) over () as adjusted_p
    from points
    where evidence['strata'] > 0
),
final as (
    select
        bit, channel, step, family, cause,
        evidence_verdict(evidence['is_tested'], evidence['low'], evidence['attributable_low'], adjusted_p) as verdict,
        evidence['risk_ratio'] as risk_ratio, evidence['low'] as low, evidence['high'] as high,
        adjusted_p,
        evidence['attributable'] as attributable,
        evidence['attributable_low'] as attributable_low, evidence['attributable_high'] as attributable_high,
        evidence['exposed'] as exposed,
        evidence['exposed_dropped'] as exposed_dropped,
        cast(evidence['exposed_dropped'] as double) / nullif(evidence['exposed'], 0) as exposed_rate,
        evidence['unexposed'] as unexposed,
        evidence['unexposed_dropped'] as unexposed_dropped,
        cast(evidence['unexposed_dropped'] as double) / nullif(evidence['unexposed'], 0) as unexposed_rate
    from adjusted
)
select * exclude (bit)
from final
order by attributable desc nulls last, channel, step, bit
