package magazine

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// restError is how the WordPress REST API says no.
type restError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Data    struct {
		Status int `json:"status"`
	} `json:"data"`
}

func (e *restError) Error() string { return e.Message }

func refuse(status int, code, message string) *restError {
	e := &restError{Code: code, Message: message}
	e.Data.Status = status
	return e
}

// resource answers one route of the API: a value to write as JSON, or a
// *restError. It may set headers.
type resource func(e *edition, r *http.Request, header http.Header) (any, error)

func (m *magazine) rest(get resource) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		e := m.at(r)
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		w.Header().Set("Link", apiLink(e))
		status := http.StatusOK
		body, err := get(e, r, w.Header())
		if err != nil {
			refusal, ok := err.(*restError)
			if !ok {
				refusal = refuse(http.StatusInternalServerError, "rest_error", "The sample magazine failed.")
			}
			status, body = refusal.Data.Status, refusal
		}
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body) // a reader who hung up is no fault of ours
	}
}

// apiLink announces the API, as every WordPress answer does.
func apiLink(e *edition) string { return "<" + e.Base + `/wp-json/>; rel="https://api.w.org/"` }

func noRoute(*edition, *http.Request, http.Header) (any, error) {
	return nil, refuse(http.StatusNotFound, "rest_no_route", "No route was found matching the URL and request method.")
}

// restIndex is the API's description of itself, as far as readers use it.
type restIndex struct {
	Name        string               `json:"name"`
	Description string               `json:"description"`
	URL         string               `json:"url"`
	Home        string               `json:"home"`
	GMTOffset   int                  `json:"gmt_offset"`
	Zone        string               `json:"timezone_string"`
	Namespaces  []string             `json:"namespaces"`
	Routes      map[string]restRoute `json:"routes"`
}

type restRoute struct {
	Namespace string   `json:"namespace"`
	Methods   []string `json:"methods"`
}

func index(e *edition, _ *http.Request, _ http.Header) (any, error) {
	i := restIndex{Name: entities(e.Name), Description: entities(e.Tagline), URL: e.Base, Home: e.Base, Zone: "UTC",
		Namespaces: []string{"wp/v2"}, Routes: map[string]restRoute{}}
	for _, route := range []string{"posts", "posts/(?P<id>[\\d]+)", "users/(?P<id>[\\d]+)", "media/(?P<id>[\\d]+)", "categories", "comments"} {
		i.Routes["/wp/v2/"+route] = restRoute{Namespace: "wp/v2", Methods: []string{"GET"}}
	}
	return i, nil
}

// window cuts one page out of a list and says in the headers how many there are.
// WordPress refuses a page beyond the last one.
func window[T any](all []T, r *http.Request, header http.Header) ([]T, error) {
	per, err := number(r, "per_page", 10, 100)
	if err != nil {
		return nil, err
	}
	page, err := number(r, "page", 1, 1<<20)
	if err != nil {
		return nil, err
	}
	pages := (len(all) + per - 1) / per
	header.Set("X-WP-Total", strconv.Itoa(len(all)))
	header.Set("X-WP-TotalPages", strconv.Itoa(pages))
	if page > 1 && page > pages {
		return nil, refuse(http.StatusBadRequest, "rest_post_invalid_page_number",
			"The page number requested is larger than the number of pages available.")
	}
	from := (page - 1) * per
	return append([]T{}, all[from:min(len(all), from+per)]...), nil
}

// number reads a parameter that must lie between 1 and most.
func number(r *http.Request, name string, otherwise, most int) (int, error) {
	given := r.URL.Query().Get(name)
	if given == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(given)
	if err != nil || n < 1 || n > most {
		return 0, badParameter(name)
	}
	return n, nil
}

func badParameter(name string) error {
	return refuse(http.StatusBadRequest, "rest_invalid_param", fmt.Sprintf("Invalid parameter(s): %s", name))
}
