INSERT INTO prompts VALUES (1, 'pmpt_old', 2);
INSERT INTO prompt_versions VALUES
    ('pmpt_old', 1, 'one', 'null', '2026-03-01 09:00:00.123456+00', 'operator', ''),
    ('pmpt_old', 2, 'two', '["name"]', '2026-03-01 09:00:00.123456+00', 'api', 'why');
INSERT INTO prompt_log VALUES
    (1, 'pmpt_old', '2026-03-01 09:00:00.123456+00', 'activated', 1, 0, 'operator', ''),
    (2, 'pmpt_old', '2026-03-01 09:00:00.123456+00', 'activated', 2, 1, 'api', 'why');
SELECT setval(pg_get_serial_sequence('prompts', 'seq'), 1), setval(pg_get_serial_sequence('prompt_log', 'seq'), 2);
