UPDATE agents_progress SET claimed = 50, cron_settled = '2026-03-01 09:00:00.123456Z' WHERE agent = 'old';
