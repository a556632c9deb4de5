-- ---
-- name     = "exposures"
-- title    = "Exposures"
-- question = "At each point, how many passages met a signal and how many did not, and how many of either were dropped?"
-- grain    = "one row per rule and stratum; a rule has one row where there is no passage at all"
-- reads    = ["passages", "signals"]
-- [columns]
-- bit               = { help = "place of the rule; 64 is `unexplained`", format = "count" }
-- family            = { help = "family of the rule", format = "text" }
-- cause             = { help = "cause the rule stands for", format = "text" }
-- can_be_tested     = { help = "whether the rule is tested as a cause: it does not look ahead, and is not `unexplained`", format = "text" }
-- channel           = { help = "channel of the point", format = "text" }
-- step              = { help = "step of the point", format = "text" }
-- motive_apart      = { help = "the motive, where motives are compared apart", format = "text" }
-- segment_apart     = { help = "the segment, where segments are compared apart", format = "text" }
-- exposed_dropped   = { help = "passages with the signal that were dropped there", format = "count" }
-- exposed_stayed    = { help = "passages with the signal that were not", format = "count" }
-- unexposed_dropped = { help = "passages without the signal that were dropped there", format = "count" }
-- unexposed_stayed  = { help = "passages without the signal that were not", format = "count" }
-- ---
-- What a passage is: the view `passages`. A stratum is a point, and a motive or segment where these are compared apart.
with
rules as (
    select bit, mask, family, cause, not looks_ahead as can_be_tested
    from signals
    union all
    select 64, 0, 'unexplained', 'unexplained', false
),
-- the only pass over the contacts: few distinct sets of signals stand for many rows
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
counted as (
    select
        r.bit,
        r.family,
        r.cause,
        r.can_be_tested,
        s.channel,
        s.step,
        s.motive_apart,
        s.segment_apart,
        coalesce(sum(s.passages), 0) as passages,
        coalesce(sum(s.dropped), 0) as dropped,
        coalesce(sum(s.passages) filter (where (s.signals & r.mask) <> 0), 0) as exposed,
        coalesce(sum(s.dropped) filter (where (s.signals & r.mask) <> 0), 0) as exposed_dropped
    from rules r
    left join sets s on true
    group by r.bit, r.family, r.cause, r.can_be_tested, s.channel, s.step, s.motive_apart, s.segment_apart
),
final as (
    select
        bit,
        family,
        cause,
        can_be_tested,
        channel,
        step,
        motive_apart,
        segment_apart,
        exposed_dropped,
        exposed - exposed_dropped as exposed_stayed,
        dropped - exposed_dropped as unexposed_dropped,
        passages - exposed - dropped + exposed_dropped as unexposed_stayed
    from counted
)
select *
from final
