-- ---
-- name     = "kept_equals_contacts"
-- title    = "Every kept row is a contact of the store"
-- question = "Is there a source with more or fewer contacts than rows kept from its files?"
-- grain    = "one row per source that differs"
-- reads    = ["files", "contacts"]
-- [columns]
-- source   = { help = "source of the logs", format = "text" }
-- kept     = { help = "rows kept, by the account of the ingests", format = "count" }
-- contacts = { help = "contacts in the store", format = "count" }
-- ---
with
both_sides as (
    select source, sum(kept) as kept, 0 as contacts
    from files
    group by source
    union all
    select source, 0, count(*)
    from contacts
    group by source
),
final as (
    select source, sum(kept) as kept, sum(contacts) as contacts
    from both_sides
    group by source
)
select *
from final
where kept <> contacts
order by source
