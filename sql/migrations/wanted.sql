-- Sets `wanted`: whether :migration is still to be applied here.

select not exists (select from pgbell.migration where number = :migration) as wanted \gset
