INSERT INTO calibrations (agent, judge, data) VALUES ('old', 'judge', '{"agent":"old","judge":"judge","answers":7}');
