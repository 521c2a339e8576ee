UPDATE agents_progress SET claimed = 50, cron_settled = 1772355600123456 WHERE agent = 'old';
