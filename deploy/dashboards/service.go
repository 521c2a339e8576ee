package main

// people are the questions of people: not those of evaluation, nor those that
// agents ask one another.
const people = `instance=~"$instance", gen_ai_agent_name=~"$agent", hone_origin!~"eval|agent"`

const here = `instance=~"$instance"`

var service = dashboard{
	name: "service", title: "Hone: service",
	description: "Is Hone up, fast and right, and does its background work keep pace?",
	variables:   []variable{anyInstance, anyAgent},
	rows: []row{
		{"At a glance", []panel{
			{
				title: "Up", draw: figure, width: 4, good: true, limits: greenFrom(0.5, 1), runbook: "hone-down",
				description: "Share of the instances that answer Prometheus.", unit: share,
				queries: one(`avg(up{job="hone", instance=~"$instance"})`, "up"),
			},
			{
				title: "Questions", draw: figure, width: 4, unit: plain,
				description: "Questions of people within the time shown.",
				queries:     one(`sum(increase(hone_answers_total{`+people+`}[$__range]))`, "questions"),
			},
			{
				title: "Failed or degraded", draw: figure, width: 4, unit: share, limits: orangeRed(0.01, 0.05), runbook: "answers-failing",
				description: "Share of answers that failed or came from the offline stand-in. The objective is at most 1 %; from 5 % on an alert fires.",
				queries:     one(`max(agent:hone_answers_failed:ratio_rate5m{gen_ai_agent_name=~"$agent"})`, "failed"),
			},
			{
				title: "Time to an answer", draw: figure, width: 4, unit: seconds, limits: orangeRed(10, 30),
				description: "95 of 100 answers came within this time. The objective is 10 s.",
				queries:     one(`histogram_quantile(0.95, sum by (le) (rate(hone_run_duration_seconds_bucket{`+people+`}[$__range])))`, "95 of 100"),
			},
			{
				title: "Error budget left", draw: figure, width: 4, unit: share, good: true, limits: greenFrom(0, 0.25),
				description: "What is left of the 1 % of answers that may fail or be degraded within 14 days. At 0 nothing may fail any more: mend before you change anything.",
				queries:     one(`min(agent:hone_availability_budget_left:ratio14d{gen_ai_agent_name=~"$agent"})`, "left"),
			},
			{
				title: "Latency budget left", draw: figure, width: 4, unit: share, good: true, limits: greenFrom(0, 0.25),
				description: "What is left of the 5 % of answers that may take longer than 10 s within 14 days.",
				queries:     one(`min(agent:hone_latency_budget_left:ratio14d{gen_ai_agent_name=~"$agent"})`, "left"),
			},
			{
				title: "Alerts that fire", draw: table, width: 24,
				description: "Empty when all is well. The runbook says what to do.",
				queries:     one(`max by (alertname, severity, runbook, instance, gen_ai_agent_name, gen_ai_provider_name, hone_source) (ALERTS{alertstate="firing", alertname=~"Hone.*"})`, ""),
			},
		}},
		{"Ways in", []panel{
			{
				title: "Requests by route", unit: perSecond,
				description: "HTTP requests a second. Health checks and /metrics are not counted.",
				queries:     one(`sum by (http_route) (rate(http_server_request_duration_seconds_count{`+here+`}[$__rate_interval]))`, "{{http_route}}"),
			},
			{
				title: "Requests by status", draw: stacked, unit: perSecond, runbook: "requests-failing",
				description: "5xx are Hone's own failures: an alert fires above 5 % of all. 401 are missing keys, 429 a guest who asks too much.",
				queries:     one(`sum by (http_response_status_code) (rate(http_server_request_duration_seconds_count{`+here+`}[$__rate_interval]))`, "{{http_response_status_code}}"),
			},
			{
				title: "Time of a request", unit: seconds,
				description: "From the request to the end of its answer, streamed ones included. Points lead to traces.",
				queries:     quantiles("http_server_request_duration_seconds", here),
			},
			{
				title: "Requests being answered", unit: plain,
				description: "HTTP requests that are open now, by instance.",
				queries:     one(`sum by (instance) (http_server_active_requests{`+here+`})`, "{{instance}}"),
			},
			{
				title: "Questions being answered", unit: plain, limits: red(20), runbook: "concurrency-high",
				description: "Questions that are being answered now, by instance. Above 20 for five minutes an alert fires.",
				queries:     one(`sum by (instance) (hone_run_active{`+here+`, gen_ai_agent_name=~"$agent"})`, "{{instance}}"),
			},
			{
				title: "Time to an answer by instance", unit: seconds,
				description: "95 of 100 answers came within this time. An instance that is slower than the others has a problem of its own.",
				queries:     quantileBy("0.95", "hone_run_duration_seconds", people, "instance", "{{instance}}"),
			},
		}},
		{"Background", []panel{
			{
				title: "Work that waits", unit: plain, limits: red(10), runbook: "queue-growing",
				description: "Jobs of rounds and notices wait for Hone, approvals and proposed cases for a person. What waits for Hone and grows makes an alert fire.",
				queries:     one(`max by (hone_queue) (hone_queue_depth{`+here+`})`, "{{hone_queue}}"),
			},
			{
				title: "Notices", unit: plain,
				description: "Notices to people an hour: promotions, returns, approvals that wait, failed rounds.",
				queries:     one(`sum by (hone_notice_kind) (increase(hone_notices_total{`+here+`, gen_ai_agent_name=~"$agent"}[1h]))`, "{{hone_notice_kind}}"),
			},
			{
				title: "Telemetry lost", unit: plain, limits: red(1), runbook: "telemetry-dropped",
				description: "Spans, measurements and log lines that an exporter did not take, in ten minutes. Requests never wait for them.",
				queries:     one(`sum by (hone_signal, hone_exporter) (increase(hone_telemetry_dropped_total{`+here+`}[10m]))`, "{{hone_signal}}, {{hone_exporter}}"),
			},
		}},
	},
}
