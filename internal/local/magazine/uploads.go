package magazine

import (
	"io/fs"
	"net/http"
	"strings"
)

// upload answers with a picture: its name never stands for another one, so it
// may be kept for a day.
func (m *magazine) upload(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if _, err := fs.Stat(files, "uploads/"+name); err != nil || !strings.HasSuffix(name, ".jpg") {
		m.page(missing)(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	http.ServeFileFS(w, r, files, "uploads/"+name)
}

func (m *magazine) stylesheet(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	http.ServeFileFS(w, r, files, "theme/style.css")
}
