-- ---
-- name     = "passages"
-- title    = "Passages"
-- question = "What is compared where a cause is held against the clients who stayed?"
-- grain    = "one row per client contact, in a visit, of a journey that has closed, where the contact is mature"
-- reads    = ["steps"]
-- [params]
-- since  = { type = "date", help = "first day of the journeys' start, inclusive" }
-- until  = { type = "date", help = "last day of the journeys' start, exclusive" }
-- strata = { type = "strata", help = "what is compared apart besides points: motive, segment, or both; `[causes] strata` by default", default = "" }
-- [columns]
-- motive_apart  = { help = "the motive, where motives are compared apart", format = "text" }
-- segment_apart = { help = "the segment, where segments are compared apart", format = "text" }
-- ---
-- The columns are all of `steps`, and these two. A journey has one passage that was dropped at most. Contacts after a
-- withdrawal are none.
with
final as (
    select
        *,
        case when $strata like '%motive%' then motive end as motive_apart,
        case when $strata like '%segment%' then segment end as segment_apart
    from steps
    where visit is not null
      and is_mature
      and status <> 'open'
      and ($since is null or journey_started_at >= cast($since as timestamp(6) with time zone))
      and ($until is null or journey_started_at < cast($until as timestamp(6) with time zone))
)
select *
from final
