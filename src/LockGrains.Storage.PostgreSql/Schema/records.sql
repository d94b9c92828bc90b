-- The records of locks. Run by a silo that may create it (CreateSchema), or by whoever owns the database. May run twice.
create table if not exists lockgrains_schema (
    version integer not null
);

-- Keys are the bytes of UTF-8, so no collation can make two of them equal. Names are compared byte by byte as well.
-- A record is rewritten all the time: half of each page is left free, so that the new version fits beside the old one.
create table if not exists lockgrains_records (
    service text collate "C" not null,
    space smallint not null,
    key bytea not null,
    name text collate "C" not null,
    etag uuid not null,
    data bytea not null,
    primary key (service, space, key, name)
) with (fillfactor = 50);

insert into lockgrains_schema (version) select 1 where not exists (select from lockgrains_schema);
