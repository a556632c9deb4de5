-- ---
-- name     = "primary_causes"
-- title    = "Primary causes"
-- question = "How many of the passages that were dropped have which primary cause?"
-- grain    = "one row per active cause; `unexplained` is always there"
-- reads    = ["passages", "signals"]
-- [columns]
-- family = { help = "family of the cause", format = "text" }
-- cause  = { help = "primary cause of the drop-off", format = "text" }
-- drops  = { help = "passages that were dropped, with this primary cause", format = "count" }
-- ---
with
listed as (
    select family, cause, count(*) as drops
    from passages
    where is_drop_off_point
    group by family, cause
    union all
    select family, cause, 0
    from signals
    union all
    select 'unexplained', 'unexplained', 0
),
final as (
    select family, cause, sum(drops) as drops
    from listed
    group by family, cause
)
select *
from final
