-- ---
-- name     = "what_to_fix_first"
-- title    = "What to fix first"
-- question = "Which cause on which channel goes with the most drop-offs that would not be expected without it?"
-- grain    = "one row per supported cause and channel"
-- reads    = ["passages", "signals"]
-- chart    = { kind = "intervals", label = ["channel", "cause"], value = "attributable", low = "attributable_low", high = "attributable_high", top = 15 }
-- short    = ["place", "channel", "cause", "attributable", "attributable_low", "attributable_high", "main_step"]
-- [params]
-- since  = { type = "date", help = "first day of the journeys' start, inclusive" }
-- until  = { type = "date", help = "last day of the journeys' start, exclusive" }
-- strata = { type = "strata", help = "what is compared apart besides points: motive, segment, or both; `[causes] strata` by default", default = "" }
-- [columns]
-- place              = { help = "place in the ranking, by attributable drop-offs", format = "count" }
-- channel            = { help = "channel", format = "text" }
-- family             = { help = "family of the cause", format = "text" }
-- cause              = { help = "the signal held to explain a drop-off", format = "text" }
-- attributable       = { help = "drop-offs beyond those expected without the signal; causes overlap, so they do not add up", format = "count" }
-- attributable_low   = { help = "attributable drop-offs, lower end of the 95% interval", format = "count" }
-- attributable_high  = { help = "attributable drop-offs, upper end of the 95% interval", format = "count" }
-- attributable_share = { help = "attributable ÷ all_drops", format = "share" }
-- all_drops          = { help = "mature drop-offs on all channels", format = "count" }
-- main_step          = { help = "step of the channel where most of exposed_dropped were", format = "text" }
-- main_step_dropped  = { help = "passages with the signal that were dropped there", format = "count" }
-- main_step_share    = { help = "main_step_dropped ÷ exposed_dropped", format = "share" }
-- exposed            = { help = "passages with the signal on this channel", format = "count" }
-- exposed_dropped    = { help = "those that were dropped there", format = "count" }
-- risk_ratio         = { help = "how many times as often passages with the signal were dropped as those without it at the same point; blank where nobody was dropped without it", format = "number" }
-- low                = { help = "risk ratio, lower end of the 95% interval", format = "number" }
-- high               = { help = "risk ratio, upper end of the 95% interval", format = "number" }
-- ---
-- The supported rows of `evidence_by_channel`, by the size of what goes with them. A large ratio of few journeys stands below a
-- small ratio of many.
with
-- the only pass over the contacts
sets as (
    select
        channel,
        step,
        motive_apart,
        segment_apart,
        signals,
        count(*) as passages,
        count(*) filter (where is_drop_off_point) as dropped
    from passages
    group by channel, step, signals, motive_apart, segment_apart
),
strata as (
    select
        r.bit,
        r.family,
        r.cause,
        s.channel,
        s.step,
        sum(s.passages) as passages,
        sum(s.dropped) as dropped,
        coalesce(sum(s.passages) filter (where (s.signals & r.mask) <> 0), 0) as exposed,
        coalesce(sum(s.dropped) filter (where (s.signals & r.mask) <> 0), 0) as exposed_dropped
    from signals r
    cross join sets s
    where not r.looks_ahead
    group by r.bit, r.family, r.cause, s.channel, s.step, s.motive_apart, s.segment_apart
),
-- what each step has of the passages that are compared, over its strata
compared as (
    select
        *,
        sum(dropped) over (partition by bit) as all_drops,
        sum(
            case
                when is_compared(
                    exposed_dropped,
                    exposed - exposed_dropped,
                    dropped - exposed_dropped,
                    passages - exposed - dropped + exposed_dropped
                ) then exposed_dropped
                else 0
            end
        ) over (partition by bit, channel, step) as step_dropped
    from strata
),
pooled as (
    select
        bit,
        family,
        cause,
        channel,
        min(all_drops) as all_drops,
        first_value(step order by step_dropped desc, step) as main_step,
        max(step_dropped) as main_step_dropped,
        stratified_evidence(
            exposed_dropped,
            exposed - exposed_dropped,
            dropped - exposed_dropped,
            passages - exposed - dropped + exposed_dropped
        ) as evidence
    from compared
    group by bit, family, cause, channel
),
adjusted as (
    select
        *,
        benjamini_hochberg(evidence['p_value']) over () as adjusted_p
    from pooled
),
supported as (
    select *
    from adjusted
    where evidence_verdict(evidence['is_tested'], evidence['low'], evidence['attributable_low'], adjusted_p) = 'supported'
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
        evidence['attributable'] / nullif(all_drops, 0) as attributable_share,
        all_drops,
        main_step,
        main_step_dropped,
        cast(main_step_dropped as double) / nullif(evidence['exposed_dropped'], 0) as main_step_share,
        evidence['exposed'] as exposed,
        evidence['exposed_dropped'] as exposed_dropped,
        evidence['risk_ratio'] as risk_ratio,
        evidence['low'] as low,
        evidence['high'] as high
    from supported
)
select *
from final
order by place
