package openresponses

import (
	"fmt"
	"net/http"
	"strings"
)

// ServeHTTP serves the API below /v1/.
func (e *Engine) ServeHTTP(w http.ResponseWriter, r *http.Request) { e.mux.ServeHTTP(w, r) }

func (e *Engine) routes() *http.ServeMux {
	mux := http.NewServeMux()
	methods := map[string][]string{} // by path
	for _, route := range []struct {
		method, path string
		handler      handler
	}{
		{"POST", "/v1/responses", e.createResponse},
		{"GET", "/v1/responses/{response}", e.getResponse},
		{"DELETE", "/v1/responses/{response}", e.deleteResponse},
		{"GET", "/v1/responses/{response}/input_items", e.listInput},
		{"POST", "/v1/responses/{response}/cancel", e.cancelResponse},

		{"POST", "/v1/conversations", e.createConversation},
		{"GET", "/v1/conversations/{conversation}", e.getConversation},
		{"POST", "/v1/conversations/{conversation}", e.updateConversation},
		{"DELETE", "/v1/conversations/{conversation}", e.deleteConversation},
		{"POST", "/v1/conversations/{conversation}/items", e.addItems},
		{"GET", "/v1/conversations/{conversation}/items", e.listItems},
		{"GET", "/v1/conversations/{conversation}/items/{item}", e.getItem},
		{"DELETE", "/v1/conversations/{conversation}/items/{item}", e.deleteItem},

		{"POST", "/v1/files", e.documents(manage, e.createFile)},
		{"GET", "/v1/files", e.documents(manage, e.listFiles)},
		{"GET", "/v1/files/{file}", e.documents(manage, e.getFile)},
		{"GET", "/v1/files/{file}/content", e.documents(manage, e.getFileContent)},
		{"DELETE", "/v1/files/{file}", e.documents(manage, e.deleteFile)},

		{"POST", "/v1/vector_stores", e.documents(manage, e.createVectorStore)},
		{"GET", "/v1/vector_stores", e.documents(read, e.listVectorStores)},
		{"GET", "/v1/vector_stores/{store}", e.documents(read, e.getVectorStore)},
		{"POST", "/v1/vector_stores/{store}", e.documents(manage, e.updateVectorStore)},
		{"DELETE", "/v1/vector_stores/{store}", e.documents(manage, e.deleteVectorStore)},
		{"POST", "/v1/vector_stores/{store}/search", e.documents(read, e.searchVectorStore)},
		{"POST", "/v1/vector_stores/{store}/files", e.documents(manage, e.attachFile)},
		{"GET", "/v1/vector_stores/{store}/files", e.documents(manage, e.listVectorStoreFiles)},
		{"GET", "/v1/vector_stores/{store}/files/{file}", e.documents(manage, e.getVectorStoreFile)},
		{"POST", "/v1/vector_stores/{store}/files/{file}", e.documents(manage, e.updateVectorStoreFile)},
		{"DELETE", "/v1/vector_stores/{store}/files/{file}", e.documents(manage, e.detachFile)},
		{"GET", "/v1/vector_stores/{store}/files/{file}/content", e.documents(manage, e.getVectorStoreFileContent)},

		{"GET", "/v1/prompts", e.withPrompts(e.listPrompts)},
		{"POST", "/v1/prompts", e.withPrompts(e.createPrompt)},
		{"GET", "/v1/prompts/{prompt}", e.withPrompts(e.getPrompt)},
		{"PUT", "/v1/prompts/{prompt}", e.withPrompts(e.updatePrompt)},
		{"DELETE", "/v1/prompts/{prompt}", e.withPrompts(e.deletePrompt)},
		{"GET", "/v1/prompts/{prompt}/versions", e.withPrompts(e.listVersions)},
		{"PUT", "/v1/prompts/{prompt}/set-default-version", e.withPrompts(e.setDefaultVersion)},

		{"GET", "/v1/models", e.listModels},
		{"GET", "/v1/models/{model...}", e.getModel},
	} {
		mux.HandleFunc(route.method+" "+route.path, e.handle(route.handler))
		methods[route.path] = append(methods[route.path], route.method)
	}
	for path, allowed := range methods {
		mux.HandleFunc(path, e.handle(wrongMethod(allowed)))
	}
	mux.HandleFunc("/", e.handle(noRoute))
	return mux
}

// need is what a request wants of the documents.
type need bool

const (
	read   need = false
	manage need = true // for callers who may see everything: files know no groups
)

// documents guards what concerns documents.
func (e *Engine) documents(n need, h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if e.knowledge == nil {
			return &Error{Code: NotFound, Message: "This server has no documents."}
		}
		if n == manage && !e.access(r).All {
			return &Error{Code: Denied, Message: "Only who may see all documents may manage files and vector stores."}
		}
		return h(w, r)
	}
}

// withPrompts guards what concerns prompts.
func (e *Engine) withPrompts(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if e.prompts == nil {
			return &Error{Code: NotFound, Message: "This server keeps no prompts."}
		}
		return h(w, r)
	}
}

// wrongMethod answers what none of the allowed methods matches.
func wrongMethod(allowed []string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return &Error{Code: NotAllowed, Message: fmt.Sprintf("%s is not allowed here; allowed are: %s.", r.Method, strings.Join(allowed, ", "))}
	}
}

func noRoute(_ http.ResponseWriter, r *http.Request) error {
	return &Error{Code: NotFound, Message: fmt.Sprintf("Unknown request: %s %.200s.", r.Method, r.URL.Path)}
}
