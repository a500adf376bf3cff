/**
 * The schema of `orchd.db`, as the steps that lead to it. Numbered from 1 and never edited: a change is a new step.
 * `user_version` says which were taken; a higher one than we know means that a newer orchd wrote the file.
 * They may call `checksum_of_run(run_id, plan, submitted_at, finished_at, outcome, key)`; the digest is made anew behind them.
 */
export const migrations: readonly string[] = [
  `create table journal (
     seq integer primary key,
     run_id text not null,
     at integer not null,
     type text not null,
     data text not null,
     crc integer not null
   ) strict;
   create index journal_by_run on journal (run_id, seq);
   create table runs (
     run_id text primary key,
     plan text not null,
     submitted_at integer not null,
     finished_at integer,
     outcome text,
     key text
   ) strict, without rowid;
   create index runs_unfinished on runs (run_id) where finished_at is null;
   create index runs_by_key on runs (key, submitted_at) where key is not null;
   create table cursors (name text primary key, value integer not null) strict, without rowid;`,
  `alter table runs add column crc integer not null default 0;
   update runs set crc = checksum_of_run(run_id, plan, submitted_at, finished_at, outcome, key);
   create table digest (
     id integer primary key check (id = 1),
     version integer not null,
     schema integer not null,
     commits integer not null,
     events integer not null,
     events_sum integer not null,
     runs integer not null,
     runs_sum integer not null,
     cursors integer not null,
     cursors_sum integer not null,
     crc integer not null
   ) strict;`,
]
