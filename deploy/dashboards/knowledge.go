package main

var knowledge = dashboard{
	name: "knowledge", title: "Hone: knowledge",
	description: "Are the documents there and fresh, and do searches find them?",
	variables:   []variable{anyInstance},
	rows: []row{
		{"Sources", []panel{
			{
				title: "Documents", unit: plain,
				description: "Documents of each source. A fall that nobody meant is a sync of the wrong folder.",
				queries:     one(`max by (hone_source) (hone_documents{`+here+`})`, "{{hone_source}}"),
			},
			{
				title: "Chunks", unit: plain,
				description: "Pieces that searches find, by source.",
				queries:     one(`max by (hone_source) (hone_chunks{`+here+`})`, "{{hone_source}}"),
			},
			{
				title: "Time since the last sync", unit: seconds, limits: red(36 * 3600), runbook: "source-not-synced",
				description: "Of sources that are folders. After a day and a half an alert fires.",
				queries:     one(`max by (hone_source) (hone_source_age_seconds{`+here+`})`, "{{hone_source}}"),
			},
			{
				title: "Syncs", unit: plain,
				description: "Syncs in an hour that this Hone made, by how they ended. hone ingest in a process of its own is not among them.",
				queries:     one(`sum by (hone_source, hone_status) (increase(hone_syncs_total{`+here+`}[1h]))`, "{{hone_source}}, {{hone_status}}"),
			},
			{
				title: "Changes of the index", unit: perSecond,
				description: "Documents inserted and deleted, and queries, by how they ended.",
				queries:     one(`sum by (hone_index_operation, hone_status) (rate(hone_index_operations_total{`+here+`}[$__rate_interval]))`, "{{hone_index_operation}}, {{hone_status}}"),
			},
			{
				title: "Chunks written", unit: perSecond,
				description: "Chunks that went into the index a second.",
				queries:     one(`sum(rate(hone_index_chunks_total{`+here+`}[$__rate_interval]))`, "chunks"),
			},
		}},
		{"Searches", []panel{
			{
				title: "Searches by what they found", draw: stacked, unit: perSecond,
				description: "empty: no passage at all. failed: the index could not be asked; that is an error, never an empty result.",
				queries:     one(`sum by (hone_search_outcome) (rate(hone_searches_total{`+here+`}[$__rate_interval]))`, "{{hone_search_outcome}}"),
			},
			{
				title: "Searches that found nothing", unit: share, runbook: "searches-empty",
				description: "Share of people's searches over the last hour and the last day. An alert fires when the hour is above 20 % and twice the day before.",
				queries: []query{
					{expr: `hone_searches_empty:ratio_rate1h`, legend: "hour"},
					{expr: `hone_searches_empty:ratio_rate1d`, legend: "day"},
				},
			},
			{
				title: "Time of a search", unit: seconds,
				description: "Without the model. Points lead to traces, which show the statements of the database.",
				queries:     quantiles("hone_search_duration_seconds", here),
			},
			{
				title: "Score of the best passage", unit: plain,
				description: "The median by kind of ranking; scores of different kinds can't be compared. A fall means that documents fit the questions less than they did.",
				queries:     quantileBy("0.5", "hone_search_score", here, "hone_search_ranking", "{{hone_search_ranking}}"),
			},
			{
				title: "Time of an operation on the index", unit: seconds,
				description: "95 of 100 ended within this time; documents that are written together are one operation.",
				queries:     quantileBy("0.95", "hone_index_duration_seconds", here, "hone_index_operation", "{{hone_index_operation}}"),
			},
			{
				title: "Embedding calls", unit: perSecond,
				description: "Calls of the embedding model, where one is set (HONE_EMBED_MODEL), by how they ended.",
				queries:     one(`sum by (gen_ai_request_model, hone_status) (rate(hone_model_calls_total{`+here+`, gen_ai_operation_name="embeddings"}[$__rate_interval]))`, "{{gen_ai_request_model}}, {{hone_status}}"),
			},
		}},
	},
}
