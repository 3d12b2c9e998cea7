-- 0028: where all tables are published (logical replication, CREATE PUBLICATION … FOR ALL TABLES), PostgreSQL refuses
-- to delete from one that has no primary key and does not say otherwise.

alter table pgbell.mute replica identity full;
