-- ---
-- name     = "evidence"
-- title    = "Causes and the evidence for them"
-- question = "Did clients who met a signal drop off more often than others at the same point, and how many drop-offs go with it?"
-- grain    = "one row per active cause, in order of attributable drop-offs; `unexplained` is always there, and not tested"
-- reads    = ["exposures", "primary_causes"]
-- chart    = { kind = "intervals", label = ["family", "cause"], value = "risk_ratio", low = "low", high = "high", even = 1.0, top = 30 }
-- short    = ["family", "cause", "verdict", "risk_ratio", "low", "high", "attributable"]
-- [columns]
-- family             = { help = "family of the cause", format = "text" }
-- cause              = { help = "the signal held to explain a drop-off", format = "text" }
-- verdict            = { help = "supported, not supported, not enough data; `unexplained` and rules that look ahead are not tested", format = "text" }
-- drops              = { help = "mature drop-offs with this primary cause", format = "count", total = "sum" }
-- risk_ratio         = { help = "how many times as often passages with the signal were dropped as those without it at the same point; blank where nobody was dropped on one side", format = "number" }
-- low                = { help = "risk ratio, lower end of the 95% interval", format = "number" }
-- high               = { help = "risk ratio, upper end of the 95% interval", format = "number" }
-- adjusted_p         = { help = "p value after Benjamini-Hochberg over all tested causes", format = "chance" }
-- attributable       = { help = "drop-offs beyond those expected without the signal; causes overlap, so they do not add up", format = "count" }
-- attributable_low   = { help = "attributable drop-offs, lower end of the 95% interval", format = "count" }
-- attributable_high  = { help = "attributable drop-offs, upper end of the 95% interval", format = "count" }
-- attributable_share = { help = "attributable ÷ the total of `drops`; blank below 0", format = "share" }
-- exposed            = { help = "passages with the signal, at points where passages with and without it can be compared", format = "count" }
-- exposed_dropped    = { help = "those that were dropped there", format = "count" }
-- unexposed          = { help = "passages without the signal at the same points", format = "count" }
-- unexposed_dropped  = { help = "those that were dropped there", format = "count" }
-- p_value            = { help = "chance of a ratio at least this far from 1, were there no association", format = "chance" }
-- homogeneity_p      = { help = "small where the ratio differs from point to point: then see `evidence_by_point`", format = "chance" }
-- ---
-- What a passage is: the view `passages`. Passages are compared with others at the same point, and of the same motive or
-- segment where these are strata. A point where all passages have the signal or none, or where all or none were dropped,
-- tells nothing of the signal and is left out.
--
-- Not enough data: fewer than 30 passages with the signal, or fewer than 5 drop-offs to be expected with it or without it,
-- were there no association. Such causes are not tested, and none of their ratios is shown.
-- Not tested: what is unexplained, and rules that look ahead (answers, promises, follow-ups): whether the company was in touch
-- later depends on how long the journey went on, so it goes with its end, whatever the cause.
-- Supported: tested, the interval of the risk ratio above 1, that of the attributable drop-offs above 0, and adjusted p at
-- most 0.05.
with
pooled as (
    select
        bit,
        family,
        cause,
        can_be_tested,
        sum(exposed_dropped + unexposed_dropped) as all_dropped,
        stratified_evidence(exposed_dropped, exposed_stayed, unexposed_dropped, unexposed_stayed) as evidence,
        stratified_evidence(exposed_dropped, exposed_stayed, unexposed_dropped, unexposed_stayed)
            filter (where can_be_tested) as tested
    from exposures
    group by bit, family, cause, can_be_tested
),
adjusted as (
    select
        p.*,
        c.drops,
        benjamini_hochberg(p.tested['p_value']) over () as adjusted_p
    from pooled p
    join primary_causes c on c.family = p.family and c.cause = p.cause
),
final as (
    select
        bit, family, cause,
        case
            when can_be_tested
                then evidence_verdict(tested['is_tested'], tested['low'], tested['attributable_low'], adjusted_p)
            else 'not tested'
        end as verdict,
        drops,
        tested['risk_ratio'] as risk_ratio,
        tested['low'] as low,
        tested['high'] as high,
        adjusted_p,
        tested['attributable'] as attributable,
        tested['attributable_low'] as attributable_low,
        tested['attributable_high'] as attributable_high,
        case when tested['attributable'] >= 0
            then tested['attributable'] / nullif(all_dropped, 0)
        end as attributable_share,
        evidence['exposed'] as exposed,
        evidence['exposed_dropped'] as exposed_dropped,
        evidence['unexposed'] as unexposed,
        evidence['unexposed_dropped'] as unexposed_dropped,
        tested['p_value'] as p_value,
        tested['homogeneity_p'] as homogeneity_p
    from adjusted
)
select * exclude (bit)
from final
order by attributable desc nulls last, bit
