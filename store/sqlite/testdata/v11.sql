INSERT INTO agent_sets (version, agents, author, at) VALUES (1, '[{"name":"older"}]', 'operator', 1772355600123456);
INSERT INTO cases VALUES ('settled', 'used', '{"id":"used","question":"used?"}', 'sealed', 'cl_used', 1, 0, 1772355600123456, 'file x');
INSERT INTO cases VALUES ('settled', 'kin', '{"id":"kin","question":"kin?"}', 'sealed', 'cl_used', 1, 0, 1772355600123456, 'file x');
INSERT INTO cases VALUES ('settled', 'open', '{"id":"open","question":"open?"}', 'sealed', 'cl_open', 2, 0, 1772355600123456, 'file x');
INSERT INTO rounds (id, agent, cause, state, prompt, champion, promoted, started_at, ended_at, verdict, entered, alpha, won, certificate) VALUES
    ('rnd_lost', 'settled', 'cron', 'rejected', 'pmpt_old', 2, 0, 1772355600000001, 1772355600000001, 'no', 1, 0.01, 0, '{"entry":{"clusters":[{"cluster":"cl_used","cases":[{"id":"used"}]}]}}'),
    ('rnd_declined', 'settled', 'cron', 'rejected', 'pmpt_old', 2, 0, 1772355600000002, 1772355600000002, 'no', 1, 0.01, 1, '{"entry":{"clusters":[]}}'),
    ('rnd_next', 'settled', 'cron', 'rejected', 'pmpt_old', 2, 0, 1772355600000003, 1772355600000003, 'no', 1, 0.01, 0, '{"entry":{"clusters":[{"cluster":"cl_open","cases":[{"id":"open"}]}]}}');
INSERT INTO runs (id, thread, agent, status, origin, created_at, question, error, answer) VALUES
    ('run_seen', 'thr_s', 'settled', 'answered', 'http', 1772355600000001, 'seen?', '', '{}'),
    ('run_demo', 'thr_d', 'settled', 'answered', 'demo', 1772355600000002, 'demo?', '', '{}'),
    ('run_new', 'thr_n', 'settled', 'not_found', 'cli', 1772355600000003, 'new?', '', '{}');
INSERT INTO harvested_runs (run) VALUES ('run_seen');
