INSERT INTO agent_sets (version, agents, author, at) VALUES (1, '[{"name":"older"}]', 'operator', '2026-03-01 09:00:00.123456Z');
INSERT INTO cases VALUES ('settled', 'used', '{"id":"used","question":"used?"}', 'sealed', 'cl_used', 1, NULL, '2026-03-01 09:00:00.123456+00', 'file x');
INSERT INTO cases VALUES ('settled', 'kin', '{"id":"kin","question":"kin?"}', 'sealed', 'cl_used', 1, NULL, '2026-03-01 09:00:00.123456+00', 'file x');
INSERT INTO cases VALUES ('settled', 'open', '{"id":"open","question":"open?"}', 'sealed', 'cl_open', 2, NULL, '2026-03-01 09:00:00.123456+00', 'file x');
INSERT INTO rounds (id, agent, cause, state, prompt, champion, promoted, started_at, ended_at, verdict, entered, alpha, won, certificate) VALUES
    ('rnd_lost', 'settled', 'cron', 'rejected', 'pmpt_old', 2, 0, '2026-03-01 09:00:01+00', '2026-03-01 09:00:01+00', 'no', true, 0.01, false, '{"entry":{"clusters":[{"cluster":"cl_used","cases":[{"id":"used"}]}]}}'),
    ('rnd_declined', 'settled', 'cron', 'rejected', 'pmpt_old', 2, 0, '2026-03-01 09:00:02+00', '2026-03-01 09:00:02+00', 'no', true, 0.01, true, '{"entry":{"clusters":[]}}'),
    ('rnd_next', 'settled', 'cron', 'rejected', 'pmpt_old', 2, 0, '2026-03-01 09:00:03+00', '2026-03-01 09:00:03+00', 'no', true, 0.01, false, '{"entry":{"clusters":[{"cluster":"cl_open","cases":[{"id":"open"}]}]}}');
INSERT INTO runs (id, thread, agent, status, origin, created_at, question, error, answer) VALUES
    ('run_seen', 'thr_s', 'settled', 'answered', 'http', '2026-03-01 09:00:01+00', 'seen?', '', '{}'),
    ('run_demo', 'thr_d', 'settled', 'answered', 'demo', '2026-03-01 09:00:02+00', 'demo?', '', '{}'),
    ('run_new', 'thr_n', 'settled', 'not_found', 'cli', '2026-03-01 09:00:03+00', 'new?', '', '{}');
INSERT INTO harvested_runs (run) VALUES ('run_seen');
