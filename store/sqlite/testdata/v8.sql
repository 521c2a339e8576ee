INSERT INTO rollouts VALUES
    ('rol_old', 'older', 'pmpt_old', 'rnd_old', 1, 2, 0.5, 100, 'settled', 'nothing spoke against it', 1772355600123456, 1773565200123456, 1772355660123456);
INSERT INTO live_grades VALUES
    ('rol_old', 'run_a', 'thr_a', 'hone.live/1', 'offline', 0.75, '[{"id":"answers","pass":true,"weight":0.6}]', 0, 1772355600123456);
INSERT INTO rollout_pairs VALUES
    ('rol_old', 1, 'thr_a', 0.75, 'thr_b', 0.5, 0.25, 1.25, 1772355600123456, 'thr_b', 1772355600123456);
INSERT INTO notices VALUES
    (1, 'rol_old/settled', 'webhook', '{"id":"rol_old/settled","kind":"settled","agent":"older","text":"Everyone gets it.","at":"2026-03-01T09:00:00.123456Z"}', 1772355600123456, 2);
