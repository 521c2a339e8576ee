-- +goose Up

-- Questions that rounds were begun for, and up to when cron times are settled;
-- 0: cron was never looked at.
ALTER TABLE agents_progress ADD COLUMN claimed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE agents_progress ADD COLUMN cron_settled INTEGER NOT NULL DEFAULT 0;
