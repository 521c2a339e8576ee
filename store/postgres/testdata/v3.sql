INSERT INTO runs VALUES ('run_old', 'thr_old', 'old', 'answered', 'http', '2026-03-01 09:00:00.123456+00', 'why?', '',
    '{"id":"run_old","thread":"thr_old","agent":"old","status":"answered","answer":"yes","model":"offline"}', '[ ]');
INSERT INTO run_files VALUES ('run_old', 'file-x');
INSERT INTO feedback VALUES (1, 'run_old', 'down', 'c', 'd', '2026-03-01 09:00:00.123456+00');
INSERT INTO agents_progress VALUES ('old', 7);
SELECT setval(pg_get_serial_sequence('feedback', 'seq'), 1);
