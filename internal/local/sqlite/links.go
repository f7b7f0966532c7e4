package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Links reads those of one issue.
func (s *Store) Links(ctx context.Context, issue string) (newsletter.Links, error) {
	return s.links.get(ctx, s, issue)
}

// SaveLinks saves those of one issue.
func (s *Store) SaveLinks(ctx context.Context, l *newsletter.Links) error {
	return s.links.save(ctx, s, l, &l.Rev)
}

// Count adds to a counter.
func (s *Store) Count(ctx context.Context, issue, metric string, n int) error {
	_, err := s.exec(ctx, "count", "INSERT INTO counter (issue, metric, n) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET n = n + ?3", issue, metric, n)
	return err
}

// Counts reads the counters of one issue.
func (s *Store) Counts(ctx context.Context, issue string) (map[string]int, error) {
	counts := map[string]int{}
	err := s.query(ctx, "read counters", "SELECT metric, n FROM counter WHERE issue = ?", []any{issue}, func(row *sql.Rows) error {
		var metric string
		var n int
		err := row.Scan(&metric, &n)
		counts[metric] = n
		return err
	})
	return counts, err
}

// links are a list of them, as JSON.
type links struct{ list *[]newsletter.Link }

type linkForm struct {
	ID    string    `json:"id"`
	URL   string    `json:"url"`
	Title string    `json:"title,omitempty"`
	To    string    `json:"to,omitempty"`
	Since time.Time `json:"since,omitzero"`
}

func (v links) Value() (driver.Value, error) {
	forms := make([]linkForm, len(*v.list))
	for i, link := range *v.list {
		forms[i] = linkForm(link)
		forms[i].Since = link.Since.UTC().Truncate(time.Microsecond)
	}
	return toJSON(forms)
}

func (v links) Scan(src any) error {
	*v.list = nil
	var forms []linkForm
	if err := fromJSON(src, &forms); err != nil {
		return err
	}
	for _, form := range forms {
		*v.list = append(*v.list, newsletter.Link(form))
	}
	return nil
}
