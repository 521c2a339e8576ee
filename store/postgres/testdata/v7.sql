INSERT INTO agents_progress (agent, questions, claimed, cron_settled) VALUES ('older', 7, 50, '2026-03-01 09:00:00.123456Z');
