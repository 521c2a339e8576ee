INSERT INTO agents_progress (agent, questions, claimed, cron_settled) VALUES ('older', 7, 50, 1772355600123456);
