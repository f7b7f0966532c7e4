package main

import "net/http"

// readerPages are the pages of internal/web.
func (h *host) readerPages() http.Handler { return http.NotFoundHandler() }
