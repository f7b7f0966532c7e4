package web

import (
	_ "embed"
	"net/http"
)

// document describes the API (https://spec.openapis.org/oas/v3.1.0). A test holds every
// route and every answer against it.
//
//go:embed openapi.json
var document []byte

func (s *Site) openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", typeJSON)
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(document) // nobody is left to tell
}
