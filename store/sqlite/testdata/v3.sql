INSERT INTO runs VALUES ('run_old', 'thr_old', 'old', 'answered', 'http', 1772355600123456, 'why?', '',
    '{"id":"run_old","thread":"thr_old","agent":"old","status":"answered","answer":"yes","model":"offline"}', '[ ]');
INSERT INTO run_files VALUES ('run_old', 'file-x');
INSERT INTO feedback VALUES (1, 'run_old', 'down', 'c', 'd', 1772355600123456);
INSERT INTO agents_progress VALUES ('old', 7, '', 0);
