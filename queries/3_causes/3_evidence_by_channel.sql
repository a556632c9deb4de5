-- ---
-- name     = "evidence_by_channel"
-- title    = "Which cause on which channel"
-- question = "On which channel did journeys that met a signal drop off more often than others at the same step?"
-- grain    = "one row per channel and active cause that some journeys met there and others did not"
-- reads    = ["steps", "signals"]
-- chart    = { kind = "intervals", label = ["channel", "cause"], value = "risk_ratio", low = "low", high = "high", even = 1.0, top = 20 }
-- [params]
-- since  = { type = "date", help = "first day of the journeys' start, inclusive" }
-- until  = { type = "date", help = "last day of the journeys' start, exclusive" }
-- strata = { type = "text", help = "what is compared apart besides points: motive, segment, or both; `[causes] strata` by default", default = "" }
-- [columns]
-- channel            = { help = "channel", format = "text" }
-- family             = { help = "family of the cause", format = "text" }
-- cause              = { help = "the signal held to explain a drop-off", format = "text" }
-- verdict            = { help = "supported, not supported, not enough data", format = "text" }
-- risk_ratio         = { help = "how many times as often passages with the signal were dropped as those without it at the same point", format = "number" }
-- low                = { help = "risk ratio, lower end of the 95% interval", format = "number" }
-- high               = { help = "risk ratio, upper end of the 95% interval", format = "number" }
-- adjusted_p         = { help = "p value after Benjamini-Hochberg over all channels and causes tested", format = "chance" }
-- attributable       = { help = "drop-offs beyond those expected without the signal; causes overlap, so they do not add up", format = "count" }
-- attributable_low   = { help = "attributable drop-offs, lower end of the 95% interval", format = "count" }
-- attributable_high  = { help = "attributable drop-offs, upper end of the 95% interval", format = "count" }
-- attributable_share = { help = "attributable ÷ journeys dropped on this channel", format = "share" }
-- points             = { help = "steps of the channel at which passages with and without the signal can be compared", format = "count" }
-- exposed            = { help = "passages with the signal at these points", format = "count" }
-- exposed_dropped    = { help = "those that were dropped there", format = "count" }
-- unexposed          = { help = "passages without the signal at the same points", format = "count" }
-- unexposed_dropped  = { help = "those that were dropped there", format = "count" }
-- homogeneity_p      = { help = "small where the ratio differs from point to point", format = "chance" }
-- ---
-- Passages, points and verdicts are those of `evidence`, within one channel. Rules that look ahead are left out.
with
-- the only pass over the contacts
passages as (
    select
        channel,
        step,
        case when $strata like '%motive%' then motive end as motive_apart,
        case when $strata like '%segment%' then segment end as segment_apart,
        signals,
        count(*) as passages,
        count(*) filter (where is_drop_off_point) as dropped
    from steps
    where visit is not null
      and status <> 'open'
      and ($since is null or journey_started_at >= cast($since as timestamp(6) with time zone))
      and ($until is null or journey_started_at < cast($until as timestamp(6) with time zone))
    group by channel, step, signals, motive_apart, segment_apart
),
strata as (
    select
        r.bit,
        r.family,
        r.cause,
        p.channel,
        p.step,
        sum(p.passages) as passages,
        sum(p.dropped) as dropped,
        coalesce(sum(p.passages) filter (where (p.signals & r.mask) <> 0), 0) as exposed,
        coalesce(sum(p.dropped) filter (where (p.signals & r.mask) <> 0), 0) as exposed_dropped
    from signals r
    cross join passages p
    where not r.looks_ahead
    group by r.bit, r.family, r.cause, p.channel, p.step, p.motive_apart, p.segment_apart
),
compared as (
    select
        *,
        passages - exposed as unexposed,
        dropped - exposed_dropped as unexposed_dropped,
        exposed > 0 and exposed < passages and dropped > 0 and dropped < passages as is_informative
    from strata
),
pooled as (
    select
        bit,
        family,
        cause,
        channel,
        sum(dropped) as all_dropped,
        count(distinct step) filter (where is_informative) as points,
        coalesce(sum(exposed) filter (where is_informative), 0) as exposed,
        coalesce(sum(exposed_dropped) filter (where is_informative), 0) as exposed_dropped,
        coalesce(sum(unexposed) filter (where is_informative), 0) as unexposed,
        coalesce(sum(unexposed_dropped) filter (where is_informative), 0) as unexposed_dropped,
        sum(cast(dropped as double) * exposed / passages) filter (where is_informative) as exposed_expected,
        sum(cast(dropped as double) * unexposed / passages) filter (where is_informative) as unexposed_expected,
        stratified_evidence(
            exposed_dropped,
            exposed - exposed_dropped,
            unexposed_dropped,
            unexposed - unexposed_dropped
        ) filter (where is_informative) as evidence
    from compared
    group by bit, family, cause, channel
),
judged as (
    select
        *,
        coalesce(exposed >= 30 and exposed_expected >= 5 and unexposed_expected >= 5, false)
            and evidence['p_value'] is not null as is_tested
    from pooled
    where points > 0
),
ranked as (
    select
        *,
        row_number() over (partition by is_tested order by evidence['p_value'], channel, bit) as place,
        count(*) over (partition by is_tested) as tests
    from judged
),
-- Benjamini-Hochberg: the least of p × tests ÷ place from here to the largest p
adjusted as (
    select
        *,
        case when is_tested then least(
            min(evidence['p_value'] * tests / place) over (
                partition by is_tested
                order by place desc
                rows between unbounded preceding and current row
            ),
            1.0
        ) end as adjusted_p
    from ranked
),
final as (
    select
        bit,
        channel,
        family,
        cause,
        case
            when not is_tested then 'not enough data'
            when evidence['low'] > 1 and evidence['attributable_low'] > 0 and adjusted_p <= 0.05 then 'supported'
            else 'not supported'
        end as verdict,
        points,
        exposed,
        exposed_dropped,
        unexposed,
        unexposed_dropped,
        case when is_tested then evidence['risk_ratio'] end as risk_ratio,
        case when is_tested then evidence['low'] end as low,
        case when is_tested then evidence['high'] end as high,
        adjusted_p,
        case when is_tested then evidence['homogeneity_p'] end as homogeneity_p,
        case when is_tested then evidence['attributable'] end as attributable,
        case when is_tested then evidence['attributable_low'] end as attributable_low,
        case when is_tested then evidence['attributable_high'] end as attributable_high,
        case when is_tested then evidence['attributable'] / nullif(all_dropped, 0) end as attributable_share
    from adjusted
)
select
    channel,
    family,
    cause,
    verdict,
    risk_ratio,
    low,
    high,
    adjusted_p,
    attributable,
    attributable_low,
    attributable_high,
    attributable_share,
    points,
    exposed,
    exposed_dropped,
    unexposed,
    unexposed_dropped,
    homogeneity_p
from final
order by attributable desc nulls last, channel, bit
