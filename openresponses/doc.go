// Package openresponses is an engine that serves the OpenAI Responses API and
// its neighbours (conversations, files, vector stores, prompts, models) as an
// http.Handler over a knowledge base and a prompt library, with models behind
// the Completer interface. It follows Open Responses (openresponses.org) and
// OpenAI's and Llama Stack's APIs. It stores responses and conversations.
package openresponses
