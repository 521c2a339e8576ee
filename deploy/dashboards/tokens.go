package main

const spent = `instance=~"$instance", gen_ai_agent_name=~"$agent", gen_ai_provider_name=~"$provider", gen_ai_request_model=~"$model"`

var tokens = dashboard{
	name: "tokens", title: "Hone: tokens and cost",
	description: "What models read and write, and what it costs, by model, agent and purpose. Costs need a list of prices (HONE_PRICES).",
	variables:   []variable{anyInstance, anyAgent, anyProvider, anyModel},
	rows: []row{
		{"At a glance", []panel{
			{
				title: "Tokens read", draw: figure, width: 6, unit: plain,
				description: "Tokens that models read within the time shown.",
				queries:     one(`sum(increase(gen_ai_client_token_usage_sum{`+calls+`, gen_ai_token_type="input"}[$__range]))`, "in"),
			},
			{
				title: "Tokens written", draw: figure, width: 6, unit: plain,
				description: "Tokens that models wrote within the time shown.",
				queries:     one(`sum(increase(gen_ai_client_token_usage_sum{`+calls+`, gen_ai_token_type="output"}[$__range]))`, "out"),
			},
			{
				title: "Cost", draw: figure, width: 6, unit: usd,
				description: "US dollars within the time shown, of models that have a price.",
				queries:     one(`sum(increase(hone_cost_total{`+spent+`}[$__range]))`, "cost"),
			},
			{
				title: "Cost of an answer", draw: figure, width: 6, unit: usd,
				description: "What people's questions cost, divided by their number. Evaluation is not in it.",
				queries: one(`sum(increase(hone_cost_total{`+spent+`, hone_origin!~"eval|agent"}[$__range]))
/ sum(increase(hone_answers_total{`+people+`}[$__range]))`, "an answer"),
			},
		}},
		{"Tokens", []panel{
			{
				title: "Tokens by model", draw: stacked, unit: perSecond,
				description: "Tokens read and written a second.",
				queries:     one(`sum by (`+served+`, gen_ai_token_type) (rate(gen_ai_client_token_usage_sum{`+calls+`}[$__rate_interval]))`, named+", {{gen_ai_token_type}}"),
			},
			{
				title: "Tokens by what they are for", draw: stacked, unit: perSecond,
				description: "agent answers, judge grades, rewriter proposes prompts, writer makes cases.",
				queries:     one(`sum by (hone_role) (rate(gen_ai_client_token_usage_sum{`+calls+`}[$__rate_interval]))`, "{{hone_role}}"),
			},
			{
				title: "Tokens of people and of evaluation", draw: stacked, unit: perSecond,
				description: "Where the question came from. eval is what improvement costs beside what people ask.",
				queries:     one(`sum by (hone_origin) (rate(gen_ai_client_token_usage_sum{`+calls+`}[$__rate_interval]))`, "{{hone_origin}}"),
			},
			{
				title: "Tokens read by a call", unit: plain, width: 12,
				description: "95 of 100 calls read at most so many: near the model's limit, answers lose passages.",
				queries:     quantileBy("0.95", "gen_ai_client_token_usage", calls+`, gen_ai_token_type="input"`, served, named),
			},
			{
				title: "Tokens written by a call", unit: plain, width: 12,
				description: "95 of 100 calls wrote at most so many.",
				queries:     quantileBy("0.95", "gen_ai_client_token_usage", calls+`, gen_ai_token_type="output"`, served, named),
			},
		}},
		{"Cost", []panel{
			{
				title: "Cost an hour by model", draw: stacked, unit: usd,
				description: "US dollars an hour, evaluation included.",
				queries:     one(`sum by (`+served+`) (rate(hone_cost_total{`+spent+`}[$__rate_interval])) * 3600`, named),
			},
			{
				title: "Cost an hour by agent", draw: stacked, unit: usd,
				description: "US dollars an hour, the agent's rounds included.",
				queries:     one(`sum by (gen_ai_agent_name) (rate(hone_cost_total{`+spent+`}[$__rate_interval])) * 3600`, "{{gen_ai_agent_name}}"),
			},
			{
				title: "Cost an hour by what it is for", draw: stacked, unit: usd,
				description: "US dollars an hour: answering people, or improving.",
				queries:     one(`sum by (hone_role, hone_origin) (rate(hone_cost_total{`+spent+`}[$__rate_interval])) * 3600`, "{{hone_role}}, {{hone_origin}}"),
			},
		}},
	},
}
