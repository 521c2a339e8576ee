package main

var answers = dashboard{
	name: "answers", title: "Hone: answers",
	description: "What became of people's questions: answered or not, how fast, cited or not, and what people thought of it.",
	variables:   []variable{anyInstance, anyAgent},
	rows: []row{
		{"What became of questions", []panel{
			{
				title: "Answers by how they ended", draw: stacked, unit: perSecond, runbook: "answers-failing",
				description: "not_found: the documents don't say. degraded: the model's provider was out of reach and the offline stand-in quoted the documents. canceled: the person left.",
				queries:     one(`sum by (hone_status) (rate(hone_answers_total{`+people+`}[$__rate_interval]))`, "{{hone_status}}"),
			},
			{
				title: "Failed or degraded", unit: share, limits: orangeRed(0.01, 0.05), runbook: "answers-failing",
				description: "Share of answers that failed or were degraded, by agent, over five minutes.",
				queries:     one(`agent:hone_answers_failed:ratio_rate5m{gen_ai_agent_name=~"$agent"}`, "{{gen_ai_agent_name}}"),
			},
			{
				title: "Not found", unit: share, runbook: "not-found-rising",
				description: "Share of questions that the documents don't answer, over the last hour and the last day. An alert fires when the hour is above 20 % and twice the day before.",
				queries: []query{
					{expr: `agent:hone_answers_not_found:ratio_rate1h{gen_ai_agent_name=~"$agent"}`, legend: "{{gen_ai_agent_name}}, hour"},
					{expr: `agent:hone_answers_not_found:ratio_rate1d{gen_ai_agent_name=~"$agent"}`, legend: "{{gen_ai_agent_name}}, day"},
				},
			},
			{
				title: "Questions by way in", draw: stacked, unit: perSecond,
				description: "Where questions come from; eval and agent are Hone's own.",
				queries:     one(`sum by (hone_origin) (rate(hone_answers_total{instance=~"$instance", gen_ai_agent_name=~"$agent"}[$__rate_interval]))`, "{{hone_origin}}"),
			},
			{
				title: "Questions by agent", draw: stacked, unit: perSecond,
				description: "People's questions a second.",
				queries:     one(`sum by (gen_ai_agent_name) (rate(hone_answers_total{`+people+`}[$__rate_interval]))`, "{{gen_ai_agent_name}}"),
			},
			{
				title: "Questions being answered", unit: plain, limits: red(20), runbook: "concurrency-high",
				description: "Questions that are being answered now, by agent.",
				queries:     one(`sum by (gen_ai_agent_name) (hone_run_active{instance=~"$instance", gen_ai_agent_name=~"$agent"})`, "{{gen_ai_agent_name}}"),
			},
		}},
		{"Time", []panel{
			{
				title: "Time to an answer", unit: seconds, limits: red(10), width: 12,
				description: "From question to answer. The objective: 95 of 100 within 10 s. Points lead to traces of single questions.",
				queries:     quantiles("hone_run_duration_seconds", people),
			},
			{
				title: "Time to an answer by how it ended", unit: seconds, width: 12,
				description: "95 of 100 came within this time. Failures that take long are timeouts.",
				queries:     quantileBy("0.95", "hone_run_duration_seconds", people, "hone_status", "{{hone_status}}"),
			},
		}},
		{"Citations, checks and feedback", []panel{
			{
				title: "Citations of an answer", unit: plain,
				description: "The mean over answers that are one. Few citations: statements without a source.",
				queries:     mean("hone_answer_citations", people, "gen_ai_agent_name", "{{gen_ai_agent_name}}"),
			},
			{
				title: "Citations dropped", unit: share, limits: orangeRed(0.05, 0.2),
				description: "Share of the citations a model made that name no passage that was retrieved; they are taken out of the answer. A model that makes many up is the wrong one.",
				queries: one(`sum by (gen_ai_agent_name) (rate(hone_citations_total{`+people+`, hone_citation_outcome="dropped"}[$__rate_interval]))
/ (sum by (gen_ai_agent_name) (rate(hone_citations_total{`+people+`}[$__rate_interval])) > 0)`, "{{gen_ai_agent_name}}"),
			},
			{
				title: "Checks that failed", unit: perSecond,
				description: "Checks of questions and answers that found something wrong.",
				queries:     one(`sum by (hone_check) (rate(hone_checks_total{instance=~"$instance", hone_check_outcome="failed"}[$__rate_interval]))`, "{{hone_check}}"),
			},
			{
				title: "Feedback", draw: stacked, unit: plain,
				description: "Thumbs up and down in an hour.",
				queries:     one(`sum by (hone_feedback_rating) (increase(hone_feedback_total{instance=~"$instance", gen_ai_agent_name=~"$agent"}[1h]))`, "{{hone_feedback_rating}}"),
			},
			{
				title: "Thumbs down", unit: share, limits: orangeRed(0.2, 0.4),
				description: "Share of a day's feedback that is a thumb down.",
				queries: one(`sum by (gen_ai_agent_name) (increase(hone_feedback_total{instance=~"$instance", gen_ai_agent_name=~"$agent", hone_feedback_rating="down"}[1d]))
/ (sum by (gen_ai_agent_name) (increase(hone_feedback_total{instance=~"$instance", gen_ai_agent_name=~"$agent"}[1d])) > 0)`, "{{gen_ai_agent_name}}"),
			},
			{
				title: "Prompt in use", draw: states, unit: plain,
				description: "The version of each agent's prompt: did something change when the answers did?",
				queries:     one(`max by (gen_ai_agent_name) (hone_prompt_version{instance=~"$instance", gen_ai_agent_name=~"$agent"})`, "{{gen_ai_agent_name}}"),
			},
		}},
		{"Tools", []panel{
			{
				title: "Tool calls", unit: perSecond,
				description: "What agents do between question and answer; file_search is the search in the documents.",
				queries:     one(`sum by (gen_ai_tool_name) (rate(hone_tool_calls_total{instance=~"$instance"}[$__rate_interval]))`, "{{gen_ai_tool_name}}"),
			},
			{
				title: "Tool calls that failed", unit: perSecond,
				description: "A tool's failure is told to the model, which may find another way. unknown: a tool that the model made up.",
				queries:     one(`sum by (gen_ai_tool_name) (rate(hone_tool_calls_total{instance=~"$instance", hone_status="failed"}[$__rate_interval]))`, "{{gen_ai_tool_name}}"),
			},
			{
				title: "Time of a tool call", unit: seconds,
				description: "95 of 100 calls ended within this time.",
				queries:     quantileBy("0.95", "hone_tool_duration_seconds", here, "gen_ai_tool_name", "{{gen_ai_tool_name}}"),
			},
		}},
	},
}
