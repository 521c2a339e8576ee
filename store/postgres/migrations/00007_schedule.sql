-- +goose Up

-- Questions that rounds were begun for, and up to when cron times are settled;
-- NULL: cron was never looked at.
ALTER TABLE agents_progress ADD COLUMN claimed bigint NOT NULL DEFAULT 0;
ALTER TABLE agents_progress ADD COLUMN cron_settled timestamptz;
