-- ---
-- name     = "what_to_fix_first"
-- title    = "What to fix first"
-- question = "Which cause on which channel goes with the most drop-offs that would not be expected without it?"
-- grain    = "one row per supported cause and channel"
-- reads    = ["steps", "signals"]
-- chart    = { kind = "intervals", label = ["channel", "cause"], value = "attributable", low = "attributable_low", high = "attributable_high", top = 15 }
-- [params]
-- since  = { type = "date", help = "first day of the journeys' start, inclusive" }
-- until  = { type = "date", help = "last day of the journeys' start, exclusive" }
-- strata = { type = "text", help = "what is compared apart besides points: motive, segment, or both; `[causes] strata` by default", default = "" }
-- [columns]
-- place              = { help = "place in the ranking, by attributable drop-offs", format = "count" }
-- channel            = { help = "channel", format = "text" }
-- family             = { help = "family of the cause", format = "text" }
-- cause              = { help = "the signal held to explain a drop-off", format = "text" }
-- attributable       = { help = "drop-offs beyond those expected without the signal; causes overlap, so they do not add up", format = "count" }
-- attributable_low   = { help = "attributable drop-offs, lower end of the 95% interval", format = "count" }
-- attributable_high  = { help = "attributable drop-offs, upper end of the 95% interval", format = "count" }
-- attributable_share = { help = "attributable ÷ all dropped journeys", format = "share" }
-- main_step          = { help = "step of the channel where most of the journeys with the signal were dropped", format = "text" }
-- main_step_share    = { help = "share of exposed_dropped that it has", format = "share" }
-- exposed            = { help = "passages with the signal on this channel", format = "count" }
-- exposed_dropped    = { help = "those that were dropped there", format = "count" }
-- risk_ratio         = { help = "how many times as often passages with the signal were dropped as those without it at the same point", format = "number" }
-- low                = { help = "risk ratio, lower end of the 95% interval", format = "number" }
-- high               = { help = "risk ratio, upper end of the 95% interval", format = "number" }
-- ---
-- The supported rows of `evidence_by_channel`, by the size of what goes with them. A large ratio of few journeys stands below a
-- small ratio of many.
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
        sum(dropped) over (partition by bit) as all_dropped,
        sum(exposed_dropped) over (partition by bit, channel, step) as step_dropped,
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
        min(all_dropped) as all_dropped,
        first_value(step order by step_dropped desc, step) filter (where is_informative) as main_step,
        max(step_dropped) filter (where is_informative) as main_step_dropped,
        count(*) filter (where is_informative) as points,
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
supported as (
    select *
    from adjusted
    where is_tested
      and evidence['low'] > 1
      and evidence['attributable_low'] > 0
      and adjusted_p <= 0.05
),
final as (
    select
        row_number() over (order by evidence['attributable'] desc, channel, bit) as place,
        channel,
        family,
        cause,
        evidence['attributable'] as attributable,
        evidence['attributable_low'] as attributable_low,
        evidence['attributable_high'] as attributable_high,
        evidence['attributable'] / nullif(all_dropped, 0) as attributable_share,
        main_step,
        cast(main_step_dropped as double) / nullif(exposed_dropped, 0) as main_step_share,
        exposed,
        exposed_dropped,
        evidence['risk_ratio'] as risk_ratio,
        evidence['low'] as low,
        evidence['high'] as high
    from supported
)
select *
from final
order by place
