-- ---
-- name     = "evidence"
-- title    = "Causes and the evidence for them"
-- question = "Did clients who met a signal drop off more often than others at the same point, and how many drop-offs go with it?"
-- grain    = "one row per active cause, in order of attributable drop-offs; `unexplained` is always there, and not tested"
-- reads    = ["steps", "signals"]
-- chart    = { kind = "intervals", label = ["family", "cause"], value = "risk_ratio", low = "low", high = "high", even = 1.0, top = 30 }
-- [params]
-- since  = { type = "date", help = "first day of the journeys' start, inclusive" }
-- until  = { type = "date", help = "last day of the journeys' start, exclusive" }
-- strata = { type = "text", help = "what is compared apart besides points: motive, segment, or both; `[causes] strata` by default", default = "" }
-- [columns]
-- family             = { help = "family of the cause", format = "text" }
-- cause              = { help = "the signal held to explain a drop-off", format = "text" }
-- verdict            = { help = "supported, not supported, not enough data; `unexplained` and rules that look ahead are not tested", format = "text" }
-- drops              = { help = "dropped journeys with this primary cause", format = "count", total = "sum" }
-- risk_ratio         = { help = "how many times as often passages with the signal were dropped as those without it at the same point", format = "number" }
-- low                = { help = "risk ratio, lower end of the 95% interval", format = "number" }
-- high               = { help = "risk ratio, upper end of the 95% interval", format = "number" }
-- adjusted_p         = { help = "p value after Benjamini-Hochberg over all tested causes", format = "chance" }
-- attributable       = { help = "drop-offs beyond those expected without the signal; causes overlap, so they do not add up", format = "count" }
-- attributable_low   = { help = "attributable drop-offs, lower end of the 95% interval", format = "count" }
-- attributable_high  = { help = "attributable drop-offs, upper end of the 95% interval", format = "count" }
-- attributable_share = { help = "attributable ÷ all dropped journeys", format = "share" }
-- exposed            = { help = "passages with the signal, at points where passages with and without it can be compared", format = "count" }
-- exposed_dropped    = { help = "those that were dropped there", format = "count" }
-- unexposed          = { help = "passages without the signal at the same points", format = "count" }
-- unexposed_dropped  = { help = "those that were dropped there", format = "count" }
-- p_value            = { help = "chance of a ratio at least this far from 1, were there no association", format = "chance" }
-- homogeneity_p      = { help = "small where the ratio differs from point to point: then see `evidence_by_point`", format = "chance" }
-- ---
-- A passage is a client contact of a journey that is not open: the journey was dropped there, or it stayed and went on. A
-- journey has one passage that was dropped at most. Contacts after a withdrawal are none.
-- Passages are compared with others at the same point, and of the same motive or segment where these are strata.
-- A point where all passages have the signal or none, or where all or none were dropped, says nothing and is left out.
--
-- Not enough data: fewer than 30 passages with the signal, or fewer than 5 drop-offs to be expected with it or without it,
-- were there no association. Such causes are not tested, and none of their ratios is shown.
-- Not tested: what is unexplained, and rules that look ahead (answers, promises, follow-ups): whether the company was in touch
-- later depends on how long the journey went on, so it goes with its end, whatever the cause.
-- Supported: tested, the interval of the risk ratio above 1, that of the attributable drop-offs above 0, and adjusted p at
-- most 0.05.
with
rules as (
    select bit, mask, family, cause, not looks_ahead as can_be_tested
    from signals
    union all
    select 64, 0, 'unexplained', 'unexplained', false
),
-- the only pass over the contacts: few distinct sets of signals stand for many rows
passages as (
    select
        channel,
        step,
        case when $strata like '%motive%' then motive end as motive_apart,
        case when $strata like '%segment%' then segment end as segment_apart,
        signals,
        family,
        cause,
        count(*) as passages,
        count(*) filter (where is_drop_off_point) as dropped
    from steps
    where visit is not null
      and status <> 'open'
      and ($since is null or journey_started_at >= cast($since as timestamp(6) with time zone))
      and ($until is null or journey_started_at < cast($until as timestamp(6) with time zone))
    group by channel, step, signals, family, cause, motive_apart, segment_apart
),
strata as (
    select
        r.bit,
        r.family,
        r.cause,
        r.can_be_tested,
        coalesce(sum(p.passages), 0) as passages,
        coalesce(sum(p.dropped), 0) as dropped,
        coalesce(sum(p.dropped) filter (where p.family = r.family and p.cause = r.cause), 0) as drops,
        coalesce(sum(p.passages) filter (where (p.signals & r.mask) <> 0), 0) as exposed,
        coalesce(sum(p.dropped) filter (where (p.signals & r.mask) <> 0), 0) as exposed_dropped
    from rules r
    left join passages p on true
    group by r.bit, r.family, r.cause, r.can_be_tested, p.channel, p.step, p.motive_apart, p.segment_apart
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
        can_be_tested,
        sum(drops) as drops,
        sum(dropped) as all_dropped,
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
    group by bit, family, cause, can_be_tested
),
judged as (
    select
        *,
        can_be_tested and coalesce(exposed >= 30 and exposed_expected >= 5 and unexposed_expected >= 5, false)
            and evidence['p_value'] is not null as is_tested
    from pooled
),
ranked as (
    select
        *,
        row_number() over (partition by is_tested order by evidence['p_value'], bit) as place,
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
        family,
        cause,
        case
            when not can_be_tested then 'not tested'
            when not is_tested then 'not enough data'
            when evidence['low'] > 1 and evidence['attributable_low'] > 0 and adjusted_p <= 0.05 then 'supported'
            else 'not supported'
        end as verdict,
        drops,
        exposed,
        exposed_dropped,
        unexposed,
        unexposed_dropped,
        case when is_tested then evidence['risk_ratio'] end as risk_ratio,
        case when is_tested then evidence['low'] end as low,
        case when is_tested then evidence['high'] end as high,
        case when is_tested then evidence['p_value'] end as p_value,
        adjusted_p,
        case when is_tested then evidence['homogeneity_p'] end as homogeneity_p,
        case when is_tested then evidence['attributable'] end as attributable,
        case when is_tested then evidence['attributable_low'] end as attributable_low,
        case when is_tested then evidence['attributable_high'] end as attributable_high,
        case when is_tested then evidence['attributable'] / nullif(all_dropped, 0) end as attributable_share
    from adjusted
)
select
    family,
    cause,
    verdict,
    drops,
    risk_ratio,
    low,
    high,
    adjusted_p,
    attributable,
    attributable_low,
    attributable_high,
    attributable_share,
    exposed,
    exposed_dropped,
    unexposed,
    unexposed_dropped,
    p_value,
    homogeneity_p
from final
order by attributable desc nulls last, bit
