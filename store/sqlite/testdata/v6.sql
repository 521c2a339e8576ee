INSERT INTO rounds (id, agent, cause, state, prompt, champion, promoted, started_at, ended_at, verdict, entered, alpha, won, certificate, seed, progress)
    VALUES ('rnd_half', 'older', 'cron', 'running', 'pmpt_old', 2, 0, 1772355600123456, 0, '', 0, 0, 0, '{ }', -1, '{"stage":"screen","done":1,"total":2}');
INSERT INTO round_records VALUES ('rnd_half', 'train', 'c', 'p', 'c1', 0, '["file-1"]', '{"hash":"h"}');
INSERT INTO agents_paused VALUES ('older', 1772355600123456);
