-- ---
-- name     = "evidence_by_channel"
-- title    = "Which cause on which channel"
-- question = "On which channel did journeys that met a signal drop off more often than others at the same step?"
-- grain    = "one row per channel and active cause that some journeys met there and others did not"
-- reads    = ["exposures"]
-- chart    = { kind = "intervals", label = ["channel", "cause"], value = "risk_ratio", low = "low", high = "high", even = 1.0, top = 20 }
-- short    = ["channel", "cause", "verdict", "risk_ratio", "low", "high", "attributable"]
-- [columns]
-- channel            = { help = "channel", format = "text" }
-- family             = { help = "family of the cause", format = "text" }
-- cause              = { help = "the signal held to explain a drop-off", format = "text" }
-- verdict            = { help = "supported, not supported, not enough data", format = "text" }
-- risk_ratio         = { help = "how many times as often passages with the signal were dropped as those without it at the same point; blank where nobody was dropped on one side", format = "number" }
-- low                = { help = "risk ratio, lower end of the 95% interval", format = "number" }
-- high               = { help = "risk ratio, upper end of the 95% interval", format = "number" }
-- adjusted_p         = { help = "p value after Benjamini-Hochberg over all channels and causes tested", format = "chance" }
-- attributable       = { help = "drop-offs beyond those expected without the signal; causes overlap, so they do not add up", format = "count" }
-- attributable_low   = { help = "attributable drop-offs, lower end of the 95% interval", format = "count" }
-- attributable_high  = { help = "attributable drop-offs, upper end of the 95% interval", format = "count" }
-- attributable_share = { help = "attributable ÷ channel_drops; blank below 0", format = "share" }
-- channel_drops      = { help = "mature drop-offs on this channel", format = "count" }
-- points             = { help = "steps of the channel at which passages with and without the signal can be compared", format = "count" }
-- exposed            = { help = "passages with the signal at these points", format = "count" }
-- exposed_dropped    = { help = "those that were dropped there", format = "count" }
-- unexposed          = { help = "passages without the signal at the same points", format = "count" }
-- unexposed_dropped  = { help = "those that were dropped there", format = "count" }
-- homogeneity_p      = { help = "small where the ratio differs from point to point", format = "chance" }
-- ---
-- Passages, points and verdicts are those of `evidence`, within one channel. Rules that look ahead are left out.
with
pooled as (
    select
        bit,
        channel,
        family,
        cause,
        sum(exposed_dropped + unexposed_dropped) as channel_drops,
        count(distinct step) filter (where is_compared(exposed_dropped, exposed_stayed, unexposed_dropped, unexposed_stayed)) as points,
        stratified_evidence(exposed_dropped, exposed_stayed, unexposed_dropped, unexposed_stayed) as evidence
    from exposures
    where can_be_tested
    group by bit, channel, family, cause
),
adjusted as (
    select *, benjamini_hochberg(evidence['p_value']) over () as adjusted_p
    from pooled
    where evidence['strata'] > 0
),
final as (
    select
        bit, channel, family, cause,
        evidence_verdict(evidence['is_tested'], evidence['low'], evidence['attributable_low'], adjusted_p) as verdict,
        evidence['risk_ratio'] as risk_ratio, evidence['low'] as low, evidence['high'] as high,
        adjusted_p,
        evidence['attributable'] as attributable,
        evidence['attributable_low'] as attributable_low, evidence['attributable_high'] as attributable_high,
        case when evidence['attributable'] >= 0
            then evidence['attributable'] / nullif(channel_drops, 0)
        end as attributable_share,
        channel_drops,
        points,
        evidence['exposed'] as exposed,
        evidence['exposed_dropped'] as exposed_dropped,
        evidence['unexposed'] as unexposed,
        evidence['unexposed_dropped'] as unexposed_dropped,
        evidence['homogeneity_p'] as homogeneity_p
    from adjusted
)
select * exclude (bit)
from final
order by attributable desc nulls last, channel, bit
