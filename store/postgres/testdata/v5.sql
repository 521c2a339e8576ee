INSERT INTO cases VALUES ('old', 'c1', '{"id":"c1","question":"why?"}', 'sealed', 'k', 3, NULL, '2026-03-01 09:00:00.123456+00', 'file x');
INSERT INTO rounds VALUES ('rnd_old', 'old', 'cron', 'rejected', 'pmpt_old', 2, 0,
    '2026-03-01 09:00:00.123456+00', '2026-03-01 09:01:00.123456+00', 'no', true, 0.01, false, '{ }');
