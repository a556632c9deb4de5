-- ---
-- name     = "passages"
-- title    = "Passages"
-- question = "What is compared where a cause is held against the clients who stayed?"
-- grain    = "one row per client contact, in a visit, of a journey that has closed, where the contact is mature"
-- reads    = ["steps_in_period"]
-- [params]
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
    from steps_in_period
    where visit is not null
      and is_mature
      and status <> 'open'
)
select *
from final
