INSERT INTO cases VALUES ('old', 'c1', '{"id":"c1","question":"why?"}', 'sealed', 'k', 3, 0, 1772355600123456, 'file x');
INSERT INTO rounds VALUES ('rnd_old', 'old', 'cron', 'rejected', 'pmpt_old', 2, 0,
    1772355600123456, 1772355660123456, 'no', 1, 0.01, 0, '{ }');
