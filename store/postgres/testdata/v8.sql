INSERT INTO rollouts VALUES
    ('rol_old', 'older', 'pmpt_old', 'rnd_old', 1, 2, 0.5, 100, 'settled', 'nothing spoke against it',
        '2026-03-01 09:00:00.123456Z', '2026-03-15 09:00:00.123456Z', '2026-03-01 09:01:00.123456Z');
INSERT INTO live_grades VALUES
    ('rol_old', 'run_a', 'thr_a', 'hone.live/1', 'offline', 0.75, '[{"id":"answers","pass":true,"weight":0.6}]', false, '2026-03-01 09:00:00.123456Z');
INSERT INTO rollout_pairs VALUES
    ('rol_old', 1, 'thr_a', 0.75, 'thr_b', 0.5, 0.25, 1.25, '2026-03-01 09:00:00.123456Z', 'thr_b', '2026-03-01 09:00:00.123456Z');
INSERT INTO notices VALUES
    (1, 'rol_old/settled', 'webhook', '{"id":"rol_old/settled","kind":"settled","agent":"older","text":"Everyone gets it.","at":"2026-03-01T09:00:00.123456Z"}', '2026-03-01 09:00:00.123456Z', 2);
SELECT setval(pg_get_serial_sequence('notices', 'seq'), 1);
